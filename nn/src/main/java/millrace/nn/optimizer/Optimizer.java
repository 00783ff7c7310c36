package millrace.nn.optimizer;

import static millrace.nn.optimizer.OptimizerNumbers.fraction;
import static millrace.nn.optimizer.OptimizerNumbers.notNegative;
import static millrace.nn.optimizer.OptimizerNumbers.positive;

import java.util.ArrayList;
import java.util.List;
import millrace.nn.kernel.UpdateRule;

/**
 * An optimizer: names, defaults and rules are those of {@code torch.optim}. A description; the state lives with the
 * parameters ({@link OptimizerState}).
 */
public sealed interface Optimizer permits Optimizer.Sgd, Optimizer.Adam, Optimizer.NAdam, Optimizer.RmsProp, Adagrad {
    /** The name in run files: {@code adam}. */
    String name();

    /** Base learning rate, before the schedule's factor. */
    double rate();

    /** PyTorch's names of the state buffers, at most three. */
    List<String> states();

    /** What the values of a state buffer begin with. */
    default float initial(int state) {
        return 0;
    }

    /** The second of the buffers that the direction of the next steps is told by. */
    default int directionState() {
        return 1;
    }

    /** Whether the state says where weights are going: a momentum. */
    default boolean keepsDirection() {
        return states().contains("momentum_buffer") || states().contains("exp_avg");
    }

    /** The same with another weight decay, for parameters that have one of their own. */
    Optimizer withDecay(double other);

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
     * Stochastic gradient descent, in PyTorch's form: {@code v = momentum * v + (1 - dampening) * g}, at first {@code g}, then {@code w -= rate * v}, with
     * Nesterov's {@code w -= rate * (g + momentum * v)}.
     *
     * @param rate base learning rate, above 0
     * @param momentum at least 0 and below 1; 0: none
     * @param nesterov whether the step looks ahead; needs a momentum
     * @param weightDecay factor of the weights that is added to the gradient, 0 or more
     * @param dampening share of each gradient but the first that the momentum leaves out, at least 0 and below 1; 0 with
     *     nesterov and without momentum
     */
    record Sgd(double rate, double momentum, boolean nesterov, double weightDecay, double dampening)
            implements Optimizer {
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
            fraction("dampening", dampening);
            if (dampening != 0 && (nesterov || momentum == 0)) {
                throw new IllegalArgumentException("dampening: " + dampening + " (expected: 0 "
                        + (nesterov ? "with nesterov" : "without momentum") + "); it dampens a plain momentum");
            }
        }

        /** Without dampening. */
        public Sgd(double rate, double momentum, boolean nesterov, double weightDecay) {
            this(rate, momentum, nesterov, weightDecay, 0);
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
        public Optimizer withDecay(double other) {
            return new Sgd(rate, momentum, nesterov, other, dampening);
        }

        @Override
        public Optimizer withMomentum(double other) {
            return momentum == 0
                    ? Optimizer.super.withMomentum(other)
                    : new Sgd(rate, other, nesterov, weightDecay, dampening);
        }

        @Override
        public UpdateRule rule(long step, double rate) {
            float gain = step == 1 ? 1 : (float) (1 - dampening);
            return new UpdateRule.Sgd((float) rate, (float) momentum, nesterov, (float) weightDecay, gain);
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
     * @param amsgrad whether a step divides by the largest mean of squares so far (Reddi, Kale and Kumar 2018)
     */
    record Adam(
            double rate,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            boolean decoupled,
            boolean amsgrad)
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

        /** Without amsgrad. */
        public Adam(double rate, double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled) {
            this(rate, beta1, beta2, epsilon, weightDecay, decoupled, false);
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
            return amsgrad ? List.of("exp_avg", "exp_avg_sq", "max_exp_avg_sq") : List.of("exp_avg", "exp_avg_sq");
        }

        @Override
        public int directionState() {
            return amsgrad ? 2 : 1;
        }

        @Override
        public Optimizer withDecay(double other) {
            return new Adam(rate, beta1, beta2, epsilon, other, decoupled, amsgrad);
        }

        @Override
        public Optimizer withMomentum(double other) {
            return new Adam(rate, other, beta2, epsilon, weightDecay, decoupled, amsgrad);
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
                    decoupled ? (float) (1 - rate * weightDecay) : 1,
                    amsgrad);
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
            return NAdamMomentum.of(this, step);
        }

        /** The product of the momenta of steps 1 to {@code step}. */
        public double momentumProduct(long step) {
            return NAdamMomentum.product(this, step);
        }

        @Override
        public Optimizer withDecay(double other) {
            return new NAdam(rate, beta1, beta2, epsilon, other, momentumDecay, decoupled);
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
     * @param centred whether a step divides by the deviation of the gradient instead of its root mean square
     */
    record RmsProp(double rate, double alpha, double epsilon, double weightDecay, double momentum, boolean centred)
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

        /** Not centred. */
        public RmsProp(double rate, double alpha, double epsilon, double weightDecay, double momentum) {
            this(rate, alpha, epsilon, weightDecay, momentum, false);
        }

        @Override
        public String name() {
            return "rmsprop";
        }

        @Override
        public List<String> states() {
            List<String> states = new ArrayList<>(List.of("square_avg"));
            if (momentum != 0) {
                states.add("momentum_buffer");
            }
            if (centred) {
                states.add("grad_avg");
            }
            return List.copyOf(states);
        }

        @Override
        public Optimizer withDecay(double other) {
            return new RmsProp(rate, alpha, epsilon, other, momentum, centred);
        }

        @Override
        public Optimizer withMomentum(double other) {
            return momentum == 0
                    ? Optimizer.super.withMomentum(other)
                    : new RmsProp(rate, alpha, epsilon, weightDecay, other, centred);
        }

        @Override
        public UpdateRule rule(long step, double rate) {
            return new UpdateRule.RmsProp(
                    (float) rate, alpha, (float) epsilon, (float) weightDecay, (float) momentum, centred);
        }
    }
}
