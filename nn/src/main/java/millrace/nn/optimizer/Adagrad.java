package millrace.nn.optimizer;

import static millrace.nn.optimizer.OptimizerNumbers.notNegative;
import static millrace.nn.optimizer.OptimizerNumbers.positive;

import java.util.List;
import millrace.nn.kernel.UpdateRule;

/**
 * Adagrad (Duchi, Hazan and Singer 2011), sums starting at a number that may be 0.
 *
 * @param rate base learning rate, above 0
 * @param rateDecay step t, counted from 0, has the rate {@code rate / (1 + t * rateDecay)}; 0 or more
 * @param epsilon added to the root of the squares, 0 or more
 * @param weightDecay factor of the weights that is added to the gradient, 0 or more
 * @param initialSum what the sums of squares begin with, 0 or more (PyTorch's {@code initial_accumulator_value})
 */
public record Adagrad(double rate, double rateDecay, double epsilon, double weightDecay, double initialSum)
        implements Optimizer {
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
        notNegative("initial accumulator", initialSum);
    }

    /** With PyTorch's defaults: no decay of rate or weights, epsilon 1e-10. */
    public Adagrad(double rate) {
        this(rate, 0, 1e-10, 0);
    }

    /** With sums that start at 0. */
    public Adagrad(double rate, double rateDecay, double epsilon, double weightDecay) {
        this(rate, rateDecay, epsilon, weightDecay, 0);
    }

    @Override
    public float initial(int state) {
        return (float) initialSum;
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
    public Optimizer withDecay(double other) {
        return new Adagrad(rate, rateDecay, epsilon, other, initialSum);
    }

    @Override
    public UpdateRule rule(long step, double rate) {
        return new UpdateRule.Adagrad(
                (float) (rate / (1 + (step - 1) * rateDecay)), (float) epsilon, (float) weightDecay);
    }
}
