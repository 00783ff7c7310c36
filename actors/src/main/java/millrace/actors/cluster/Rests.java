package millrace.actors.cluster;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import millrace.actors.cluster.RecoveryOrder.AskRest;
import millrace.actors.cluster.RecoveryOrder.CutStages;
import millrace.actors.cluster.RecoveryState.Cutting;
import millrace.actors.cluster.RecoveryState.Resting;
import millrace.actors.cluster.RecoveryState.Run;
import millrace.actors.event.TrainingEvent;
import millrace.actors.rank.StepWord;
import millrace.actors.wire.manifest.Manifest.FileEntry;

/**
 * What a run whose ranks step together goes on from after a loss: the state that is left in the memory of its workers. All are asked
 * how far their ranks have come, and hold what these have at the newest step that they know of. Where that is not the same for all, they
 * are asked again to bring them to the newest step of all. Where a stage is nowhere, the run goes back to a checkpoint.
 */
final class Rests {
    private final KnownWorkers workers;
    private final Attempts attempts;

    Rests(KnownWorkers workers, Attempts attempts) {
        this.workers = workers;
        this.attempts = attempts;
    }

    /** Asks all workers that ranks can be placed on. */
    void ask(Run run, long now) {
        Set<ActorId> asked = Set.copyOf(workers.usable().keySet());
        long question = attempts.nextNumber();
        attempts.become(new Resting(run, question, now + Recovery.PATIENCE_AT_REST.toNanos(), asked, Map.of()));
        workers.usable()
                .keySet()
                .forEach(worker -> attempts.order(new AskRest(worker, run.id(), attempts.usedEpoch(), question)));
    }

    /** A worker has answered. */
    void rested(Resting resting, ActorId worker, AtRest rest, long now) {
        Resting next = resting.and(worker, rest);
        attempts.become(next);
        if (next.isComplete()) {
            allRested(next, now);
        }
    }

    /** All have answered, or nobody waits any longer for those that have not. */
    void allRested(Resting resting, long now) {
        Map<ActorId, AtRest> rests = resting.rests();
        attempts.found(shares(rests));
        Optional<StepWord> word = AtRest.common(rests);
        if (word.isEmpty()) {
            attempts.read(resting.run(), Optional.empty());
            return;
        }
        int stages = AtRest.stages(rests.values());
        Optional<LiveCut> held = heldAt(word.get(), stages, rests);
        if (held.isPresent()) {
            attempts.read(resting.run(), held);
            return;
        }
        long question = attempts.nextNumber();
        attempts.become(new Cutting(
                resting.run(),
                question,
                now + Recovery.PATIENCE_AT_REST.toNanos(),
                rests.keySet(),
                word.get(),
                stages,
                Map.of()));
        rests.keySet()
                .forEach(worker ->
                        attempts.order(new CutStages(worker, resting.run().id(), question, word.get())));
    }

    /** What workers hold of a step already, where that is all of it: most of them have guessed which one it will be. */
    private static Optional<LiveCut> heldAt(StepWord word, int stages, Map<ActorId, AtRest> rests) {
        return LiveCut.joined(
                word,
                stages,
                rests.values().stream()
                        .flatMap(rest -> rest.held().stream())
                        .filter(cut -> cut.step() == word.step())
                        .map(LiveCut::files)
                        .toList());
    }

    /** Where each rank is; one that was left over somewhere may be at two workers. */
    private static WorkerShares shares(Map<ActorId, AtRest> rests) {
        Set<Integer> found = new HashSet<>();
        SequencedMap<ActorId, List<Integer>> hosted = new LinkedHashMap<>();
        rests.forEach((worker, rest) -> hosted.put(
                worker, rest.ranks().keySet().stream().filter(found::add).toList()));
        return new WorkerShares(hosted);
    }

    /** A worker holds what it has. */
    void cut(Cutting cutting, ActorId worker, List<FileEntry> files, long now) {
        Cutting next = cutting.and(worker, files);
        attempts.become(next);
        if (next.isComplete()) {
            allCut(next, now);
        }
    }

    /** All hold what they have, or nobody waits any longer for those that do not say so. */
    void allCut(Cutting cutting, long now) {
        Optional<LiveCut> cut =
                LiveCut.joined(cutting.word(), cutting.stages(), cutting.cuts().values());
        if (cut.isEmpty()) {
            attempts.tell(
                    new TrainingEvent.Noticed("step " + cutting.word().step()
                            + ": what is left in memory is no whole state; the run goes back to a checkpoint"),
                    now);
        }
        // what is told changes the run
        if (attempts.state() instanceof Cutting told) {
            attempts.read(told.run(), cut);
        }
    }
}
