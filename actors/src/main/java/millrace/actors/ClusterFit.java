package millrace.actors;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.checkpoint.ResumePoint;
import millrace.actors.cluster.PlanSource;
import millrace.actors.cluster.RunOrder;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.keeper.Electors;
import millrace.actors.node.ClusterNode;
import millrace.actors.plan.RunPlan;
import millrace.nn.model.TrainingSpec;

/**
 * How a cluster trains what a Java program has set up. Objects do not travel: the same program runs on every node and sets
 * up the same training there, and what the run is called by, a description, tells one that does not.
 *
 * @param folder of the run, seen by all nodes
 * @param resume where it goes on
 * @param init first weights
 */
record ClusterFit(
        Path folder, Optional<ResumePoint> resume, Optional<Path> init, int keep, CheckpointPace pace, int copies) {
    ClusterFit {
        // a cluster goes on from the newest in the run's folder, whatever else it is told
        Optional<String> newest = CheckpointStore.newestWhole(folder, _ -> {}).map(ClusterFit::stepFolder);
        if (newest.isPresent()
                && !newest.equals(resume.map(ResumePoint::checkpoint).map(ClusterFit::stepFolder))) {
            throw new IllegalArgumentException("checkpoints: " + folder + " holds those of a run, the newest "
                    + newest.get()
                    + " (expected: a folder without any, or resume with the newest); take another folder,"
                    + " or let the run go on with resume");
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
        resume.ifPresent(point ->
                point.takeOver(new CheckpointStore(folder, keep), plan.spec().model(), description(plan)));
        RunOrder order = new RunOrder(
                        folder.getFileName() + "-" + UUID.randomUUID(),
                        absolute(folder),
                        description(plan),
                        resume.map(ResumePoint::checkpoint).map(ClusterFit::stepFolder),
                        init.map(ClusterFit::absolute),
                        workers,
                        keep,
                        pace,
                        Set.of(1),
                        copies,
                        plan.spec().backend().choices())
                .kept(new RunOrder.Keeping(RunOrder.Sharing.AUTO, Electors.NONE));
        RunResult result = Runs.cluster(node, order, listener).await();
        Checkpoint end = CheckpointStore.loadEnd(folder, result.reason().takesBackBest(plan.watching()));
        return result.withFinalState(end.snapshot(plan.spec().model()));
    }

    private static String stepFolder(Checkpoint checkpoint) {
        return absolute(checkpoint.path());
    }

    private static String absolute(Path path) {
        return path.toAbsolutePath().normalize().toString();
    }
}
