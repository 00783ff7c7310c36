package millrace.actors.cluster;

import java.util.Optional;
import java.util.function.Supplier;
import millrace.actors.plan.RunPlan;
import millrace.nn.kernel.Kernels;

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

    /**
     * The plan of an ordered run for who uses no samples: {@link RunPlan#data} may say only what they are like. Nothing is
     * read then.
     *
     * @throws IllegalArgumentException as {@link #plan(RunOrder)}
     */
    default RunPlan outline(RunOrder order) {
        return plan(order);
    }

    /**
     * The same, with the files that every node needs.
     *
     * @param files finds them
     * @throws IllegalArgumentException as {@link #plan(RunOrder)}
     */
    default RunPlan outline(RunOrder order, DataFiles files) {
        return outline(order);
    }

    /**
     * The plan of an ordered run with all samples.
     *
     * @param files finds the files that the order names
     * @throws IllegalArgumentException as {@link #plan(RunOrder)}
     */
    default RunPlan plan(RunOrder order, DataFiles files) {
        return plan(order);
    }

    /**
     * Finds the files that an order names on this node, or fetches them, so that others can fetch them from here.
     *
     * @throws IllegalArgumentException when one is not here and cannot be had
     */
    default void fetch(RunOrder order) {}

    /** Where the samples of a run have come from, once its plan is made. */
    default DataUse.Source source(RunOrder order) {
        return DataUse.Source.READ;
    }

    /** The same, which finds the files of runs as a node does. */
    default PlanSource finding(NodeFiles files) {
        PlanSource source = this;
        return new PlanSource() {
            @Override
            public RunPlan plan(String configuration) {
                return source.plan(configuration);
            }

            @Override
            public RunPlan plan(RunOrder order) {
                try (NodeFiles.Reading reading = files.reading()) {
                    return source.plan(order, reading);
                }
            }

            @Override
            public RunPlan outline(RunOrder order) {
                try (NodeFiles.Reading reading = files.reading()) {
                    return source.outline(order, reading);
                }
            }

            @Override
            public void fetch(RunOrder order) {
                try (NodeFiles.Reading reading = files.reading()) {
                    order.data().files().forEach(reading::find);
                }
            }

            @Override
            public DataUse.Source source(RunOrder order) {
                return files.source(order.data());
            }
        };
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

            @Override
            public RunPlan outline(RunOrder order) {
                return named(node, () -> source.outline(order));
            }

            @Override
            public void fetch(RunOrder order) {
                named(node, () -> {
                    source.fetch(order);
                    return order;
                });
            }

            @Override
            public DataUse.Source source(RunOrder order) {
                return source.source(order);
            }

            @Override
            public void forgetSamples() {
                source.forgetSamples();
            }
        };
    }

    private static <T> T named(String node, Supplier<T> made) {
        try {
            return made.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("node " + node + ": " + e.getMessage(), e);
        }
    }

    /** What runs on this node compute with; empty where only a plan tells. */
    default Optional<Kernels> kernels() {
        return Optional.empty();
    }

    /** Whoever needs no samples any more does not keep them. */
    default void forgetSamples() {}

    /** The same, which makes the plan it made last only once: a run that is started again finds its data in memory. */
    default PlanSource remembering() {
        return new RememberedPlans(this);
    }
}
