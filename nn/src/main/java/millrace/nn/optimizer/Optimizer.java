package millrace.nn.optimizer;

import java.util.List;
import millrace.nn.kernel.UpdateRule;

/**
 * An optimizer: names, defaults and rules are those of {@code torch.optim}. A description; the state lives with the
 * parameters ({@link OptimizerState}).
 */
public sealed interface Optimizer {
    /** The name in run files: {@code adam}. */
    String name();

    /** Base learning rate, before the schedule's factor. */
    double rate();

    /** PyTorch's names of the state buffers, at most two. */
    List<String> states();

    /** Whether the state says where weights are going: a momentum. */
    default boolean keepsDirection() {
        return states().contains("momentum_buffer") || states().contains("exp_avg");
    }

    /** The same without weight decay, for parameters that are left out of it. */
    Optimizer withoutDecay();

    /**
     * The same with another momentum, in Adam the first beta, for schedules that move it.
     *
     * @throws IllegalArgumentException when the optimizer has none that can move
     */
    default Optimizer withMomentum(double other) {
        throw new IllegalArgumentException("optimizer: " + name()
                + " with a momentum that moves (expected: adam, adamw, or sgd or rmsprop with momentum above 0); set"
                + " cycle-momentum = false");
    }

    /**
     * The numbers of one step.
     *
     * @param step steps made including this one, from 1
     * @param rate this step's learning rate
     */
    UpdateRule rule(long step, double rate);

    /**
     * Stochastic gradient descent, in PyTorch's form: {@code v = momentum * v + g}, then {@code w -= rate * v}, with
     * Nesterov's {@code w -= rate * (g + momentum * v)}.
     *
     * @param rate base learning rate, above 0
     * @param momentum at least 0 and below 1; 0: none
     * @param nesterov whether the step looks ahead; needs a momentum
     * @param weightDecay factor of the weights that is added to the gradient, 0 or more
     */
    record Sgd(double rate, double momentum, boolean nesterov, double weightDecay) implements Optimizer {
        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException when one is out of range; names it and the range
         */
        public Sgd {
            positive("lr", rate);
            fraction("momentum", momentum);
            notNegative("weight decay", weightDecay);
            if (nesterov && momentum == 0) {
                throw new IllegalArgumentException(
                        "nesterov: true (expected: false without momentum); set momentum above 0");
            }
        }

        /** Without momentum and weight decay. */
        public Sgd(double rate) {
            this(rate, 0, false, 0);
        }

        /** With heavy-ball momentum, without weight decay. */
        public Sgd(double rate, double momentum) {
            this(rate, momentum, false, 0);
        }

        @Override
        public String name() {
            return "sgd";
        }

        @Override
        public List<String> states() {
            return momentum == 0 ? List.of() : List.of("momentum_buffer");
        }

        @Override
        public Optimizer withoutDecay() {
            return new Sgd(rate, momentum, nesterov, 0);
        }

        @Override
        public Optimizer withMomentum(double other) {
            return momentum == 0 ? Optimizer.super.withMomentum(other) : new Sgd(rate, other, nesterov, weightDecay);
        }

        @Override
        public UpdateRule rule(long step, double rate) {
            return new UpdateRule.Sgd((float) rate, (float) momentum, nesterov, (float) weightDecay);
        }
    }

    /**
     * Adam (Kingma and Ba 2015); with {@code decoupled} decay AdamW (Loshchilov and Hutter 2019).
     *
     * @param rate base learning rate, above 0
     * @param beta1 share of the gradients' moving mean that a step keeps, at least 0 and below 1
     * @param beta2 share of the squares' moving mean that a step keeps, at least 0 and below 1
     * @param epsilon added to the root of the squares, 0 or more
     * @param weightDecay 0 or more
     * @param decoupled whether decay shrinks the weights directly; otherwise it is added to the gradient
     */
    record Adam(double rate, double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled)
            implements Optimizer {
        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException when one is out of range; names it and the range
         */
        public Adam {
            positive("lr", rate);
            fraction("beta1", beta1);
            fraction("beta2", beta2);
            notNegative("epsilon", epsilon);
            notNegative("weight decay", weightDecay);
        }

        /** With PyTorch's defaults: betas 0.9 and 0.999, epsilon 1e-8, no weight decay. */
        public Adam(double rate) {
            this(rate, 0.9, 0.999, 1e-8, 0, false);
        }

        /** AdamW with PyTorch's weight decay of 0.01. */
        public static Adam adamW(double rate) {
            return new Adam(rate, 0.9, 0.999, 1e-8, 0.01, true);
        }

        @Override
        public String name() {
            return decoupled ? "adamw" : "adam";
        }

        @Override
        public List<String> states() {
            return List.of("exp_avg", "exp_avg_sq");
        }

        @Override
        public Optimizer withoutDecay() {
            return new Adam(rate, beta1, beta2, epsilon, 0, decoupled);
        }

        @Override
        public Optimizer withMomentum(double other) {
            return new Adam(rate, other, beta2, epsilon, weightDecay, decoupled);
        }

        @Override
        public UpdateRule rule(long step, double rate) {
            return new UpdateRule.Adam(
                    (float) (rate / (1 - Math.pow(beta1, (double) step))),
                    beta1,
                    beta2,
                    (float) epsilon,
                    (float) Math.sqrt(1 - Math.pow(beta2, (double) step)),
                    decoupled ? 0 : (float) weightDecay,
                    decoupled ? (float) (1 - rate * weightDecay) : 1);
        }
    }

    /**
     * NAdam (Dozat 2016), Adam with Nesterov's look-ahead; with {@code decoupled} decay NAdamW.
     *
     * <p>The momentum grows with the steps: {@code mu_t = beta1 * (1 - 0.5 * 0.96^(t * momentumDecay))}. PyTorch keeps
     * the product of all momenta so far beside the weights; here it is computed from the step alone, so that a resumed
     * run has the bits of an undisturbed one and a checkpoint needs nothing more.
     */
    record NAdam(
            double rate,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            double momentumDecay,
            boolean decoupled)
            implements Optimizer {
        /** PyTorch's, as in Dozat's paper. */
        private static final double BASE = 0.96;

        /** Terms of a series that falls by half or more with each: 2^-60 is below a double's last digit. */
        private static final int TERMS = 60;

        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException when one is out of range; names it and the range
         */
        public NAdam {
            positive("lr", rate);
            fraction("beta1", beta1);
            fraction("beta2", beta2);
            notNegative("epsilon", epsilon);
            notNegative("weight decay", weightDecay);
            notNegative("momentum decay", momentumDecay);
        }

        /** With PyTorch's defaults: betas 0.9 and 0.999, epsilon 1e-8, momentum decay 0.004, no weight decay. */
        public NAdam(double rate) {
            this(rate, 0.9, 0.999, 1e-8, 0, 4e-3, false);
        }

        /** With AdamW's decoupled weight decay of 0.01. */
        public static NAdam nAdamW(double rate) {
            return new NAdam(rate, 0.9, 0.999, 1e-8, 0.01, 4e-3, true);
        }

        @Override
        public String name() {
            return decoupled ? "nadamw" : "nadam";
        }

        @Override
        public List<String> states() {
            return List.of("exp_avg", "exp_avg_sq");
        }

        /**
         * The momentum of a step.
         *
         * @param step from 1
         */
        public double momentum(long step) {
            return beta1 * (1 - 0.5 * StrictMath.pow(BASE, step * momentumDecay));
        }

        /**
         * The product of the momenta of steps 1 to {@code step}, without a loop over them: with q = 0.96^momentumDecay
         * the logarithm of {@code (1 - q/2) (1 - q^2/2) ... (1 - q^t/2)} is minus the sum over k of
         * {@code 1/(k 2^k) * (q^k + q^2k + ... + q^tk)}, and the sum in brackets is geometric.
         */
        public double momentumProduct(long step) {
            double logQ = momentumDecay * StrictMath.log(BASE);
            double sum = 0;
            for (int k = TERMS; k > 0; k--) {
                double powers = logQ == 0 ? step : StrictMath.expm1(k * logQ * step) / StrictMath.expm1(k * logQ);
                sum += StrictMath.exp(k * logQ) * powers / (k * (double) (1L << k));
            }
            return StrictMath.pow(beta1, (double) step) * StrictMath.exp(-sum);
        }

        @Override
        public Optimizer withoutDecay() {
            return new NAdam(rate, beta1, beta2, epsilon, 0, momentumDecay, decoupled);
        }

        @Override
        public UpdateRule rule(long step, double rate) {
            double product = momentumProduct(step);
            double next = momentum(step + 1);
            return new UpdateRule.NAdam(
                    (float) (rate * (1 - momentum(step)) / (1 - product)),
                    (float) (rate * next / (1 - product * next)),
                    beta1,
                    beta2,
                    (float) epsilon,
                    (float) Math.sqrt(1 - Math.pow(beta2, (double) step)),
                    decoupled ? 0 : (float) weightDecay,
                    decoupled ? (float) (1 - rate * weightDecay) : 1);
        }
    }

    /**
     * RMSprop (Tieleman and Hinton 2012), not centred.
     *
     * @param rate base learning rate, above 0
     * @param alpha share of the squares' moving mean that a step keeps, at least 0 and below 1
     * @param epsilon added to the root of the squares, 0 or more
     * @param weightDecay factor of the weights that is added to the gradient, 0 or more
     * @param momentum at least 0 and below 1; 0: none
     */
    record RmsProp(double rate, double alpha, double epsilon, double weightDecay, double momentum)
            implements Optimizer {
        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException when one is out of range; names it and the range
         */
        public RmsProp {
            positive("lr", rate);
            fraction("alpha", alpha);
            notNegative("epsilon", epsilon);
            notNegative("weight decay", weightDecay);
            fraction("momentum", momentum);
        }

        /** With PyTorch's defaults: alpha 0.99, epsilon 1e-8, no weight decay, no momentum. */
        public RmsProp(double rate) {
            this(rate, 0.99, 1e-8, 0, 0);
        }

        @Override
        public String name() {
            return "rmsprop";
        }

        @Override
        public List<String> states() {
            return momentum == 0 ? List.of("square_avg") : List.of("square_avg", "momentum_buffer");
        }

        @Override
        public Optimizer withoutDecay() {
            return new RmsProp(rate, alpha, epsilon, 0, momentum);
        }

        @Override
        public Optimizer withMomentum(double other) {
            return momentum == 0
                    ? Optimizer.super.withMomentum(other)
                    : new RmsProp(rate, alpha, epsilon, weightDecay, other);
        }

        @Override
        public UpdateRule rule(long step, double rate) {
            return new UpdateRule.RmsProp((float) rate, alpha, (float) epsilon, (float) weightDecay, (float) momentum);
        }
    }

    /**
     * Adagrad (Duchi, Hazan and Singer 2011), sums starting at 0.
     *
     * @param rate base learning rate, above 0
     * @param rateDecay step t, counted from 0, has the rate {@code rate / (1 + t * rateDecay)}; 0 or more
     * @param epsilon added to the root of the squares, 0 or more
     * @param weightDecay factor of the weights that is added to the gradient, 0 or more
     */
    record Adagrad(double rate, double rateDecay, double epsilon, double weightDecay) implements Optimizer {
        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException when one is out of range; names it and the range
         */
        public Adagrad {
            positive("lr", rate);
            notNegative("lr decay", rateDecay);
            notNegative("epsilon", epsilon);
            notNegative("weight decay", weightDecay);
        }

        /** With PyTorch's defaults: no decay of rate or weights, epsilon 1e-10. */
        public Adagrad(double rate) {
            this(rate, 0, 1e-10, 0);
        }

        @Override
        public String name() {
            return "adagrad";
        }

        @Override
        public List<String> states() {
            return List.of("sum");
        }

        @Override
        public Optimizer withoutDecay() {
            return new Adagrad(rate, rateDecay, epsilon, 0);
        }

        @Override
        public UpdateRule rule(long step, double rate) {
            return new UpdateRule.Adagrad(
                    (float) (rate / (1 + (step - 1) * rateDecay)), (float) epsilon, (float) weightDecay);
        }
    }

    private static void positive(String name, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: above 0 and finite)");
        }
    }

    private static void notNegative(String name, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 0 or more and finite)");
        }
    }

    private static void fraction(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: at least 0 and below 1)");
        }
    }
}
