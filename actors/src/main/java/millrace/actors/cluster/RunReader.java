package millrace.actors.cluster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.checkpoint.RunEpochs;
import millrace.actors.run.RunPlan;
import millrace.actors.run.Snapshot;

/** What the coordinator reads and writes in a run folder; its methods may block. */
final class RunReader {
    private final PlanSource plans;

    RunReader(PlanSource plans) {
        this.plans = plans;
    }

    /**
     * Claims the next run epoch and finds out where it begins: damaged checkpoints are passed over.
     *
     * @param after run epochs up to this one have been used on the same workers
     */
    Attempt.Begin begin(RunOrder order, long after) {
        Path folder = Path.of(order.folder());
        List<String> damaged = new ArrayList<>();
        RunPlan plan = plans.plan(order.configuration());
        long epoch = new RunEpochs(folder).claim(after);
        Optional<Checkpoint> newest = CheckpointStore.newestWhole(folder, damaged::add)
                .or(() -> order.first().map(first -> CheckpointStore.load(Path.of(first))));
        return new Attempt.Begin(epoch, plan, newest, damaged);
    }

    /** How an attempt is saved. */
    Checkpointing checkpointing(RunOrder order, Attempt attempt) {
        Path folder = Path.of(order.folder());
        return new Checkpointing(
                new CheckpointStore(folder, order.keep()),
                new RunEpochs(folder),
                attempt.runEpoch(),
                order.configuration(),
                order.interval());
    }

    /** Digest over the weights of the newest checkpoint, which is the last one of a run that is over. */
    String weightsSha256(RunOrder order, RunPlan plan) {
        Checkpoint last = CheckpointStore.loadLast(Path.of(order.folder()));
        return Snapshot.of(plan.spec().model(), last.step(), last.tensors()).weightsSha256();
    }
}
