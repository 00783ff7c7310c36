package millrace.actors.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.checkpoint.SaveRetries;
import millrace.actors.cluster.RecoveryFact.Beginning;
import millrace.actors.event.RunResult;
import millrace.actors.plan.BestEpoch;
import millrace.actors.plan.CourseState;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Snapshot;
import millrace.actors.plan.Start;
import millrace.actors.plan.StreamTerms;
import millrace.actors.wire.manifest.Manifest;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Tensor;
import millrace.schedule.Placement;

/** What the coordinator reads and writes in a run folder; its methods may block. */
final class RunReader {
    private final PlanSource plans;
    // of the run that is under way: who has made it himself need not read it
    private final Map<String, Checkpointing.Saved> last = new ConcurrentHashMap<>();
    private final RunStorages storages;

    RunReader(PlanSource plans, RunStorages storages) {
        this.plans = plans;
        this.storages = storages;
    }

    /**
     * A run epoch that may begin.
     *
     * @param plan what it does from there
     */
    record Begun(Beginning beginning, RunPlan plan) {}

    /** A checkpoint of a run is complete, which nobody else can have changed. */
    void remember(RunOrder order, Checkpointing.Saved saved) {
        last.keySet().retainAll(Set.of(order.id()));
        if (order.isShared()) {
            last.put(order.id(), saved);
        }
    }

    /** What is remembered may be damaged on the disk: the next run epoch begins with what is read there. */
    void forget() {
        last.clear();
    }

    /** As {@link #begin(RunOrder, long, Optional)}, with the newest checkpoint. */
    Begun begin(RunOrder order, long after) {
        return begin(order, after, Optional.empty());
    }

    /**
     * Claims the next run epoch and finds out where it begins: with what workers hold in memory, unless there is a newer
     * checkpoint. Damaged ones are passed over.
     *
     * @param after run epochs up to this one have been used on the same workers
     * @param live what workers hold
     */
    Begun begin(RunOrder order, long after, Optional<LiveCut> live) {
        RunPlan plan = outline(order);
        RunStorage storage = storages.of(order);
        long epoch = storage.begin(after);
        // no checkpoint is read for this: a loss is to cost little
        if (live.isPresent() && storage.newestStep() <= live.get().step()) {
            return inMemory(epoch, plan, live.get());
        }
        Begun saved = saved(epoch, plan, order, storage);
        return live.filter(cut -> cut.step() > saved.beginning().fromStep())
                .map(cut -> inMemory(epoch, plan, cut))
                .orElse(saved);
    }

    private static Begun inMemory(long epoch, RunPlan plan, LiveCut live) {
        Start start = new Start(
                live.step(), StreamTerms.all(plan.order()), live.word().course());
        return begun(epoch, plan, start, Optional.empty(), Optional.of(live), List.of());
    }

    private Begun saved(long epoch, RunPlan plan, RunOrder order, RunStorage storage) {
        List<String> damaged = new ArrayList<>();
        Optional<Checkpointing.Saved> known =
                Optional.ofNullable(last.get(order.id())).filter(saved -> Files.isDirectory(saved.folder()));
        if (known.isPresent()) {
            Manifest manifest = known.get().manifest();
            CourseState progress = CourseState.of(manifest.progress(), manifest.terms());
            Start start = new Start(manifest.step(), StreamTerms.all(plan.order()), progress);
            Optional<String> place =
                    known.map(saved -> saved.folder().toAbsolutePath().toString());
            return begun(epoch, plan, start, place, Optional.empty(), damaged);
        }
        Optional<RunStorage.Found> newest = storage.newest(damaged::add);
        Start start = newest.map(found -> start(found.checkpoint())).orElse(Start.FRESH);
        return begun(epoch, plan, start, newest.map(RunStorage.Found::place), Optional.empty(), damaged);
    }

    /** Samples are the workers' business, as weights are. */
    private RunPlan outline(RunOrder order) {
        return plans.outline(order).steppingTogether();
    }

    private static Begun begun(
            long epoch,
            RunPlan plan,
            Start start,
            Optional<String> checkpoint,
            Optional<LiveCut> live,
            List<String> damaged) {
        Beginning beginning = new Beginning(
                epoch,
                plan.order().ranks(),
                start.step(),
                checkpoint,
                live,
                plan.stepsTogether() ? alike(plan.order().placement()) : List.of(),
                damaged);
        return new Begun(beginning, plan.from(start));
    }

    /** For each rank the first one that holds the same stages. */
    private static List<Integer> alike(Placement placement) {
        Map<List<Integer>, Integer> first = new HashMap<>();
        return IntStream.range(0, placement.ranks())
                .mapToObj(rank -> first.computeIfAbsent(placement.stagesOf(rank), _ -> rank))
                .toList();
    }

    /** Where the course goes on: the weights are the workers' business, what a stream says of itself is small. */
    private static Start start(Checkpoint saved) {
        Map<String, Tensor> small = new HashMap<>(saved.tensors());
        small.values().removeIf(tensor -> tensor.type() == ElementType.F32);
        return new Start(saved.step(), small, saved.progress());
    }

    /** How a run epoch is saved that was begun here. */
    Checkpointing checkpointing(RunOrder order, long runEpoch) {
        return new Checkpointing(storages.of(order).target(runEpoch), order.configuration(), order.pace());
    }

    /**
     * What a run that is over came to, from its checkpoints: the last one, or where it takes back its best epoch, that.
     *
     * @param result as the trainer knows it, without weights
     */
    ClientProtocol.Ended outcome(RunOrder order, RunPlan plan, RunResult result) {
        RunStorage storage = storages.of(order);
        Checkpoint end = patiently(() -> storage.end(result.reason().takesBackBest(plan.watching())));
        Snapshot state = Snapshot.of(plan.spec().model(), end.step(), end.tensors());
        RunResult found = end.step() == result.steps()
                ? result
                : result.restored(end.step(), BestEpoch.of(state).evaluations(withSamples(order, plan)));
        return new ClientProtocol.Ended(order.id(), found.withDigest(state.weightsSha256()));
    }

    /** Weights that are taken back are evaluated here: what that needs is read now, if it is not here. */
    private RunPlan withSamples(RunOrder order, RunPlan plan) {
        return plan.data().isOutline() ? plans.plan(order) : plan;
    }

    /** All is trained by then: a disk that cannot be read for a while must not cost the result. */
    private static Checkpoint patiently(Supplier<Checkpoint> reading) {
        SaveRetries retries = new SaveRetries();
        while (true) {
            try {
                return reading.get();
            } catch (IllegalArgumentException e) {
                Duration wait = retries.failed()
                        .filter(_ -> e.getCause() instanceof IOException)
                        .orElseThrow(() -> e);
                LockSupport.parkNanos(wait.toNanos());
            }
        }
    }
}
