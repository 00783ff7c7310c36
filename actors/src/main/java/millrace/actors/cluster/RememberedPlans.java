package millrace.actors.cluster;

import java.util.function.Supplier;
import millrace.actors.plan.RunPlan;
import millrace.nn.choice.KernelChoices;
import org.jspecify.annotations.Nullable;

/** Remembers the last plan of another source, with its samples and without. */
final class RememberedPlans implements PlanSource {
    private final PlanSource source;
    private @Nullable Remembered whole;
    private @Nullable Remembered outline;

    private record Remembered(String configuration, KernelChoices kernels, RunPlan plan) {
        boolean isOf(String settings, KernelChoices choices) {
            return configuration.equals(settings) && kernels.equals(choices);
        }
    }

    RememberedPlans(PlanSource source) {
        this.source = source;
    }

    @Override
    public RunPlan plan(String configuration) {
        return whole(configuration, KernelChoices.NONE, () -> source.plan(configuration));
    }

    @Override
    public RunPlan plan(RunOrder order) {
        return whole(order.configuration(), order.kernels(), () -> source.plan(order));
    }

    @Override
    public void fetch(RunOrder order) {
        source.fetch(order);
    }

    @Override
    public DataUse.Source source(RunOrder order) {
        return source.source(order);
    }

    private synchronized RunPlan whole(String configuration, KernelChoices kernels, Supplier<RunPlan> made) {
        Remembered known = whole;
        if (known == null || !known.isOf(configuration, kernels)) {
            known = new Remembered(configuration, kernels, made.get());
            whole = known;
        }
        return known.plan();
    }

    @Override
    public synchronized RunPlan outline(RunOrder order) {
        Remembered all = whole;
        if (all != null && all.isOf(order.configuration(), order.kernels())) {
            return all.plan();
        }
        Remembered known = outline;
        if (known == null || !known.isOf(order.configuration(), order.kernels())) {
            known = new Remembered(order.configuration(), order.kernels(), source.outline(order));
            outline = known;
        }
        return known.plan();
    }

    @Override
    public synchronized void forgetSamples() {
        whole = null;
    }
}
