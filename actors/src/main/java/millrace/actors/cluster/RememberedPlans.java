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

    /** A plan, and all that it was made of: the same settings may name a file that has other bytes by now. */
    private record Remembered(String configuration, KernelChoices kernels, RunData data, RunPlan plan) {
        boolean isOf(String settings, KernelChoices choices, RunData read) {
            return configuration.equals(settings) && kernels.equals(choices) && data.equals(read);
        }

        boolean isOf(RunOrder order) {
            return isOf(order.configuration(), order.kernels(), order.data());
        }
    }

    RememberedPlans(PlanSource source) {
        this.source = source;
    }

    @Override
    public RunPlan plan(String configuration) {
        return whole(configuration, KernelChoices.NONE, RunData.UNTOLD, () -> source.plan(configuration));
    }

    @Override
    public RunPlan plan(RunOrder order) {
        return whole(order.configuration(), order.kernels(), order.data(), () -> source.plan(order));
    }

    @Override
    public void fetch(RunOrder order) {
        source.fetch(order);
    }

    @Override
    public DataUse.Source source(RunOrder order) {
        return source.source(order);
    }

    private synchronized RunPlan whole(
            String configuration, KernelChoices kernels, RunData data, Supplier<RunPlan> made) {
        Remembered known = whole;
        if (known == null || !known.isOf(configuration, kernels, data)) {
            known = new Remembered(configuration, kernels, data, made.get());
            whole = known;
        }
        return known.plan();
    }

    @Override
    public synchronized RunPlan outline(RunOrder order) {
        Remembered all = whole;
        if (all != null && all.isOf(order)) {
            return all.plan();
        }
        Remembered known = outline;
        if (known == null || !known.isOf(order)) {
            known = new Remembered(order.configuration(), order.kernels(), order.data(), source.outline(order));
            outline = known;
        }
        return known.plan();
    }

    @Override
    public synchronized void forgetSamples() {
        whole = null;
    }
}
