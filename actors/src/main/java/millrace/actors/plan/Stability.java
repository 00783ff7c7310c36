package millrace.actors.plan;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import millrace.nn.optimizer.DelayCorrection;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.optimizer.StabilityBound;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;

/**
 * Whether a run of SGD stands its learning rate: every stage's first rate times the curvature beside the bound that the
 * stage's delay leaves ({@link StabilityBound}). The delay counts in full: what predicted weights, discrepancy correction
 * and compensation make up for is not known beforehand.
 */
public final class Stability {
    private final RunPlan plan;
    private final Sgd sgd;

    private Stability(RunPlan plan, Sgd sgd) {
        this.plan = plan;
        this.sgd = sgd;
    }

    /** Of a plan; empty for optimizers that no bound is known for, and where parameters have different learning rates. */
    public static Optional<Stability> of(RunPlan plan) {
        UpdatePolicy policy = plan.spec().policy();
        return policy.optimizer() instanceof Sgd sgd
                        && sgd.dampening() == 0
                        && policy.groups().groups().isEmpty()
                ? Optional.of(new Stability(plan, sgd))
                : Optional.empty();
    }

    /**
     * One stage's verdict.
     *
     * @param delay steps that its gradients are late at most
     * @param product of the rate of its first step, with PipeMare's T1 and the damping of weights nesterov, and the
     *     curvature, with penalties
     * @param bound the smallest product that diverges
     */
    public record Stage(int stage, long delay, double product, double bound) {
        public boolean isStable() {
            return product < bound;
        }
    }

    /**
     * All stages.
     *
     * @param curvature the largest eigenvalue of the loss's Hessian, without penalties
     */
    public List<Stage> stages(double curvature) {
        UpdatePolicy policy = plan.spec().policy();
        double bent = curvature + sgd.weightDecay() + 2.0 * policy.shaping().l2();
        return IntStream.range(0, plan.partition().stages())
                .mapToObj(stage -> {
                    long delay = delay(stage);
                    double rate = policy.rate(stepsMade(), delay);
                    return new Stage(stage, delay, rate * bent, bound(delay));
                })
                .toList();
    }

    /** The stage that is furthest beyond its bound, if one is. */
    public static Optional<Stage> worst(List<Stage> stages) {
        return stages.stream()
                .filter(stage -> !stage.isStable())
                .max(Comparator.comparingDouble(stage -> stage.product() / stage.bound()));
    }

    /** The setting of the learning rate with which that stage would be at its bound. */
    public double largestRate(Stage worst) {
        return sgd.rate() / damping() * worst.bound() / worst.product();
    }

    public double momentum() {
        return sgd.momentum();
    }

    /** The most steps that any stage's gradients are late. */
    public long mostDelay() {
        return IntStream.range(0, plan.partition().stages())
                .mapToLong(this::delay)
                .max()
                .orElse(0);
    }

    /** The smallest learning rate, as it is set, times curvature at which the stage with the most delay diverges. */
    public double limit() {
        return bound(mostDelay()) / damping();
    }

    /** The same for a schedule that flushes, where weights nesterov change nothing. */
    public double limitWithoutDelay() {
        return StabilityBound.of(0, sgd.momentum(), sgd.nesterov() && !isNesterov());
    }

    /** Whether something makes up for a part of the delay that the bounds do not know of. */
    public boolean isCorrected() {
        DelayCorrection correction = plan.spec().policy().correction();
        return correction.discrepancy() > 0 || correction.compensation() > 0 || weights(WeightPolicy.PREDICT);
    }

    private double bound(long delay) {
        return StabilityBound.of(Math.toIntExact(delay), sgd.momentum(), sgd.nesterov());
    }

    /** Optimizer steps before the first of the run. */
    private long stepsMade() {
        return plan.order().optimizerSteps(plan.start().step());
    }

    private long delay(int stage) {
        return plan.order().stream().map(stream -> stream.mostStale(stage)).orElse(0L);
    }

    /** The share of the set learning rate that the optimizer was given (AsyncNesterov). */
    private double damping() {
        return isNesterov() ? 1 - sgd.momentum() : 1;
    }

    private boolean isNesterov() {
        return weights(WeightPolicy.NESTEROV);
    }

    private boolean weights(WeightPolicy policy) {
        return plan.order().stream()
                .map(StreamSpec::policy)
                .filter(policy::equals)
                .isPresent();
    }
}
