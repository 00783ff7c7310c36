package millrace.actors;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.cluster.PlanSource;
import millrace.actors.cluster.RunOrder;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.node.ClusterNode;
import millrace.actors.plan.RunPlan;
import millrace.nn.model.TrainingSpec;
import org.jspecify.annotations.Nullable;

/**
 * How a cluster trains what a Java program has set up. Objects do not travel: the same program runs on every node and sets
 * up the same training there, and what the run is called by, a description, tells one that does not.
 *
 * @param folder of the run, seen by all nodes
 * @param resume a checkpoint, or a run folder, to go on from
 * @param init first weights
 */
record ClusterFit(
        Path folder, @Nullable Path resume, @Nullable Path init, int keep, Duration interval) {
    ClusterFit {
        if (resume == null && CheckpointStore.newestWhole(folder, _ -> {}).isPresent()) {
            throw new IllegalArgumentException(
                    "checkpoints: " + folder + " holds those of a run (expected: a folder without"
                            + " any); take another folder, or let the run go on with resume");
        }
    }

    /** The plan of this node, given to runs that are described as it is. */
    static PlanSource plans(RunPlan plan) {
        String own = description(plan);
        return configuration -> {
            if (!configuration.equals(own)) {
                throw new IllegalArgumentException("run: " + configuration.strip() + " (expected: " + own.strip()
                        + ", as the program on this node sets it up); start the same program on every node");
            }
            return plan;
        };
    }

    /** In words that a configuration may hold: a comment. */
    private static String description(RunPlan plan) {
        TrainingSpec spec = plan.spec();
        return "# " + spec.model().name() + " of " + spec.model().layers().size() + " layers, "
                + plan.data().train().size() + " samples, " + plan.limits().epochs() + " epochs, "
                + plan.limits().steps() + " steps at most, batch " + spec.batch() + ", seed " + spec.seed() + ", "
                + plan.order().name() + " with " + plan.order().stages() + " stages and " + spec.microBatches()
                + " micro-batches\n";
    }

    /** Trains and reads what came of it. */
    RunResult fit(RunPlan plan, ClusterNode node, int workers, TrainingListener listener) {
        RunOrder order = new RunOrder(
                folder.getFileName() + "-" + UUID.randomUUID(),
                absolute(folder),
                description(plan),
                Optional.ofNullable(resume).map(ClusterFit::absolute),
                Optional.ofNullable(init).map(ClusterFit::absolute),
                workers,
                keep,
                interval,
                Set.of(1));
        RunResult result = Runs.cluster(node, order, listener).await();
        boolean restored = plan.watching().restoresBest() && result.reason() != RunResult.Reason.INTERRUPTED;
        Checkpoint end = CheckpointStore.loadEnd(folder, restored);
        return result.withFinalState(end.snapshot(plan.spec().model()));
    }

    private static String absolute(Path path) {
        return path.toAbsolutePath().normalize().toString();
    }
}
