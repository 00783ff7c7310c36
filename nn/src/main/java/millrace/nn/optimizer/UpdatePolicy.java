package millrace.nn.optimizer;

import java.util.OptionalDouble;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.kernel.UpdateRule;

/**
 * Everything that decides a step: optimizer, learning-rate schedule, penalties and clipping, and what is done about
 * delays.
 *
 * @param stepsPerUnit optimizer steps in one unit of the schedule's time: 1, or the steps of an epoch
 * @param guard of a stage's whole gradient
 * @param correction of gradients that are late
 * @param groups what is different for some parameters
 */
public record UpdatePolicy(
        Optimizer optimizer,
        LearningRate schedule,
        long stepsPerUnit,
        GradientShaping shaping,
        GradientGuard guard,
        DelayCorrection correction,
        ParameterGroups groups) {
    /**
     * Checks that optimizer and schedule fit.
     *
     * @throws IllegalArgumentException when the schedule moves a momentum that the optimizer has not
     */
    public UpdatePolicy {
        schedule.momentum(0).ifPresent(optimizer::withMomentum);
    }

    /** Without guard and corrections. */
    public UpdatePolicy(Optimizer optimizer, LearningRate schedule, long stepsPerUnit, GradientShaping shaping) {
        this(
                optimizer,
                schedule,
                stepsPerUnit,
                shaping,
                GradientGuard.NONE,
                DelayCorrection.NONE,
                ParameterGroups.NONE);
    }

    /** The optimizer alone. */
    public static UpdatePolicy of(Optimizer optimizer) {
        return new UpdatePolicy(optimizer, new LearningRate.Constant(), 1, GradientShaping.NONE);
    }

    /** The same with another optimizer. */
    public UpdatePolicy with(Optimizer other) {
        return new UpdatePolicy(other, schedule, stepsPerUnit, shaping, guard, correction, groups);
    }

    /** The same with a guard. */
    public UpdatePolicy with(GradientGuard other) {
        return new UpdatePolicy(optimizer, schedule, stepsPerUnit, shaping, other, correction, groups);
    }

    /** The same with corrections. */
    public UpdatePolicy with(DelayCorrection other) {
        return new UpdatePolicy(optimizer, schedule, stepsPerUnit, shaping, guard, other, groups);
    }

    /** The same with differences between parameters. */
    public UpdatePolicy with(ParameterGroups other) {
        return new UpdatePolicy(optimizer, schedule, stepsPerUnit, shaping, guard, correction, other);
    }

    /**
     * The numbers of one step.
     *
     * @param step steps made including this one, from 1
     * @param rate this step's learning rate, before the factor of a group
     * @param numbers of the parameter that it is for
     */
    UpdateRule rule(long step, double rate, ParameterGroups.Numbers numbers) {
        OptionalDouble momentum = schedule.momentum((step - 1) / stepsPerUnit);
        Optimizer now = momentum.isPresent() ? optimizer.withMomentum(momentum.getAsDouble()) : optimizer;
        Optimizer own = numbers.weightDecay().isPresent()
                ? now.withDecay(numbers.weightDecay().getAsDouble())
                : now;
        return own.rule(step, rate * numbers.rateFactor());
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
