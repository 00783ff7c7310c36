package millrace.actors.cluster;

import java.util.function.Supplier;
import millrace.actors.plan.RunPlan;
import millrace.nn.choice.KernelChoices;
import org.jspecify.annotations.Nullable;

/**
 * Makes plans from settings: every node makes the same one, so only settings travel. Called on threads that may block,
 * because data is read here.
 */
@FunctionalInterface
public interface PlanSource {
    /**
     * The plan, with fresh weights.
     *
     * @param configuration the resolved settings, as HOCON
     * @throws IllegalArgumentException on anything that does not fit on this node, such as a missing file
     */
    RunPlan plan(String configuration);

    /**
     * The plan of an ordered run, with the kernels that all of its nodes use.
     *
     * @throws IllegalArgumentException as above, or when this node does not have these kernels
     */
    default RunPlan plan(RunOrder order) {
        return plan(order.configuration()).choosing(order.kernels());
    }

    /** The same on a node, which errors begin with: another node may have other files under the same names. */
    default PlanSource on(String node) {
        PlanSource source = this;
        return new PlanSource() {
            @Override
            public RunPlan plan(String configuration) {
                return named(node, () -> source.plan(configuration));
            }

            @Override
            public RunPlan plan(RunOrder order) {
                return named(node, () -> source.plan(order));
            }
        };
    }

    private static RunPlan named(String node, Supplier<RunPlan> plan) {
        try {
            return plan.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("node " + node + ": " + e.getMessage(), e);
        }
    }

    /** The same, which makes the plan it made last only once: a run that is started again finds its data in memory. */
    default PlanSource remembering() {
        PlanSource source = this;
        return new PlanSource() {
            private String last = "";
            private KernelChoices lastKernels = KernelChoices.NONE;
            private @Nullable RunPlan plan;

            @Override
            public RunPlan plan(String configuration) {
                return plan(configuration, KernelChoices.NONE, () -> source.plan(configuration));
            }

            @Override
            public RunPlan plan(RunOrder order) {
                return plan(order.configuration(), order.kernels(), () -> source.plan(order));
            }

            private synchronized RunPlan plan(String configuration, KernelChoices kernels, Supplier<RunPlan> made) {
                RunPlan known = plan;
                if (known == null || !configuration.equals(last) || !kernels.equals(lastKernels)) {
                    known = made.get();
                    plan = known;
                    last = configuration;
                    lastKernels = kernels;
                }
                return known;
            }
        };
    }
}
