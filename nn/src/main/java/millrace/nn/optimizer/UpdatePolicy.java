package millrace.nn.optimizer;

import millrace.nn.kernel.GradientShaping;

/**
 * Everything that decides a step: optimizer, learning-rate schedule, penalties and clipping, and what is done about
 * delays.
 *
 * @param stepsPerUnit optimizer steps in one unit of the schedule's time: 1, or the steps of an epoch
 * @param guard of a stage's whole gradient
 * @param correction of gradients that are late
 */
public record UpdatePolicy(
        Optimizer optimizer,
        LearningRate schedule,
        long stepsPerUnit,
        GradientShaping shaping,
        GradientGuard guard,
        DelayCorrection correction) {
    /** Without guard and corrections. */
    public UpdatePolicy(Optimizer optimizer, LearningRate schedule, long stepsPerUnit, GradientShaping shaping) {
        this(optimizer, schedule, stepsPerUnit, shaping, GradientGuard.NONE, DelayCorrection.NONE);
    }

    /** The optimizer alone. */
    public static UpdatePolicy of(Optimizer optimizer) {
        return new UpdatePolicy(optimizer, new LearningRate.Constant(), 1, GradientShaping.NONE);
    }

    /** The same with another optimizer. */
    public UpdatePolicy with(Optimizer other) {
        return new UpdatePolicy(other, schedule, stepsPerUnit, shaping, guard, correction);
    }

    /** The same with a guard. */
    public UpdatePolicy with(GradientGuard other) {
        return new UpdatePolicy(optimizer, schedule, stepsPerUnit, shaping, other, correction);
    }

    /** The same with corrections. */
    public UpdatePolicy with(DelayCorrection other) {
        return new UpdatePolicy(optimizer, schedule, stepsPerUnit, shaping, guard, other);
    }

    /** Learning rate of the step that follows {@code stepsMade}. */
    public double rate(long stepsMade) {
        return rate(stepsMade, 0);
    }

    /**
     * The same on a stage whose gradients are late.
     *
     * @param delay steps
     */
    public double rate(long stepsMade, long delay) {
        return optimizer.rate() * schedule.factor(stepsMade / stepsPerUnit) * correction.rateShare(delay, stepsMade);
    }
}
