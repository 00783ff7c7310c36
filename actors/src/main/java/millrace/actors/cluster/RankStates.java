package millrace.actors.cluster;

import akka.actor.typed.ActorRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import millrace.actors.checkpoint.DamagedCheckpoint;
import millrace.actors.checkpoint.ShardWriter;
import millrace.actors.checkpoint.Shards;
import millrace.actors.memory.Copies;
import millrace.actors.memory.CopyProtocol;
import millrace.actors.memory.HeldFiles;
import millrace.actors.plan.CourseState;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.plan.StreamTerms;
import millrace.actors.wire.manifest.Manifest;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.nn.tensor.Tensor;

/**
 * Where the ranks of a worker begin. What a stage has written for a checkpoint stays in memory, so after the loss of another node it
 * goes back there without a disk; what a rank needs that was elsewhere comes from the memory of a node that has a copy. Only
 * what nobody holds is read from the disk.
 */
final class RankStates {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HeldFiles held;
    private final ActorRef<CopyProtocol.Message> copies;

    RankStates(HeldFiles held, ActorRef<CopyProtocol.Message> copies) {
        this.held = held;
        this.copies = copies;
    }

    /** Writes the parts of checkpoints to the disk, and keeps them in memory. */
    ShardWriter writer(RunStorage storage) {
        ShardWriter disk = storage.shards();
        return (folder, stage, stages, snapshot) -> {
            List<FileEntry> written = disk.write(folder, stage, stages, snapshot);
            held.wrote(stage, stages, snapshot, written);
            return written;
        };
    }

    /**
     * Where ranks begin that go on from what workers hold in memory; may block.
     *
     * @throws IllegalStateException when a stage's state is here no more, and comes from nobody
     */
    Start at(LiveCut live, RunPlan plan, List<Integer> ranks) {
        CourseState course = live.word().course();
        return ranks.isEmpty()
                ? Start.FRESH
                : inMemory(live.step(), live.files(), course, plan, ranks)
                        .orElseThrow(() -> new IllegalStateException("state of step " + live.step()
                                + ": nobody holds it for ranks " + ranks + " (expected: in some worker's memory)"));
    }

    /**
     * Where ranks begin that go on from a checkpoint; may block.
     *
     * @param place of the checkpoint in its storage
     * @param plan of the run from its beginning
     */
    Start at(RunStorage storage, String place, RunPlan plan, List<Integer> ranks) {
        return ranks.isEmpty()
                ? Start.FRESH
                : inMemory(storage.manifest(place), plan, ranks).orElseGet(() -> onDisk(storage, place));
    }

    private static Start onDisk(RunStorage storage, String place) {
        try {
            return storage.load(place).start();
        } catch (DamagedCheckpoint e) {
            // no fault of who has ordered the run: there may be an earlier one that is whole
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private Optional<Start> inMemory(Manifest manifest, RunPlan plan, List<Integer> ranks) {
        CourseState course = CourseState.of(manifest.progress(), manifest.terms());
        return inMemory(manifest.step(), manifest.files(), course, plan, ranks);
    }

    private Optional<Start> inMemory(
            long step, List<FileEntry> files, CourseState course, RunPlan plan, List<Integer> ranks) {
        int stages = plan.order().stages();
        List<FileEntry> needed = new ArrayList<>();
        for (int stage : stagesOf(plan, ranks)) {
            for (String name : Shards.names(stage, stages)) {
                Optional<FileEntry> file = files.stream()
                        .filter(entry -> entry.name().equals(name))
                        .findFirst();
                if (file.isEmpty()) {
                    // it was made by a line that was cut otherwise
                    return Optional.empty();
                }
                needed.add(file.get());
            }
        }
        List<FileEntry> missing =
                needed.stream().filter(file -> !held.holds(file)).toList();
        if (!missing.isEmpty() && !fetched(step, missing)) {
            return Optional.empty();
        }
        Map<String, Tensor> tensors = new HashMap<>(StreamTerms.all(plan.order()));
        for (FileEntry file : needed) {
            Optional<Map<String, Tensor>> found = held.tensors(file);
            // a copy may have other bytes than it should, which is found out only now
            if (found.isEmpty() && fetched(step, List.of(file))) {
                found = held.tensors(file);
            }
            if (found.isEmpty()) {
                return Optional.empty();
            }
            tensors.putAll(found.get());
        }
        return Optional.of(new Start(step, tensors, course));
    }

    private static Set<Integer> stagesOf(RunPlan plan, List<Integer> ranks) {
        Set<Integer> stages = new TreeSet<>();
        ranks.forEach(rank -> stages.addAll(plan.order().placement().stagesOf(rank)));
        return stages;
    }

    private boolean fetched(long step, List<FileEntry> missing) {
        CompletableFuture<Boolean> fetched = new CompletableFuture<>();
        copies.tell(new Copies.Fetch(step, missing, fetched));
        try {
            return fetched.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException _) {
            return false;
        }
    }
}
