package millrace.nn.optimizer;

import millrace.nn.kernel.GradientShaping;

/**
 * Everything that decides a step: optimizer, learning-rate schedule, penalties and clipping.
 *
 * @param stepsPerUnit optimizer steps in one unit of the schedule's time: 1, or the steps of an epoch
 */
public record UpdatePolicy(Optimizer optimizer, LearningRate schedule, long stepsPerUnit, GradientShaping shaping) {
    /** The optimizer alone. */
    public static UpdatePolicy of(Optimizer optimizer) {
        return new UpdatePolicy(optimizer, new LearningRate.Constant(), 1, GradientShaping.NONE);
    }

    /** Learning rate of the step that follows {@code stepsMade}. */
    public double rate(long stepsMade) {
        return optimizer.rate() * schedule.factor(stepsMade / stepsPerUnit);
    }
}
