package millrace.actors.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.checkpoint.KeptFolder;
import millrace.actors.checkpoint.Leftovers;
import millrace.actors.checkpoint.RunEpochs;
import millrace.actors.checkpoint.ShardWriter;
import millrace.actors.checkpoint.Shards;
import millrace.actors.wire.manifest.Manifest;

/**
 * The run's folder, which all nodes see. There the right to write is a file that only one can make: the folder is one for all,
 * so nobody needs to be asked, and of two nodes either can go on without the other, which a majority of two could not.
 */
record SharedStorage(RunOrder order, String address) implements RunStorage {
    private static final Duration SHARED_PATIENCE = Duration.ofSeconds(2);

    private Path folder() {
        return Path.of(order.folder());
    }

    @Override
    public long begin(long after) {
        long epoch = new RunEpochs(folder()).claim(after);
        Leftovers.removeSucceeded(folder());
        return epoch;
    }

    @Override
    public Optional<Found> newest(Consumer<String> damaged) {
        return CheckpointStore.newestWhole(folder(), damaged)
                .or(() -> order.first().map(first -> CheckpointStore.load(Path.of(first), damaged)))
                .map(saved -> new Found(saved, saved.path().toAbsolutePath().toString()));
    }

    @Override
    public long newestStep() {
        return CheckpointStore.newestStep(folder());
    }

    /**
     * The trainer's node has claimed the run epoch in the run's folder. Who does not see that writes into another folder, and the
     * run would end at its first checkpoint.
     */
    @Override
    public void requireSeen(long runEpoch) {
        if (!new RunEpochs(folder()).sees(runEpoch, SHARED_PATIENCE)) {
            throw new IllegalArgumentException("checkpoint.folder: " + folder() + " of node " + address
                    + (Files.isDirectory(folder())
                            ? " is another folder than that of the trainer's node"
                            : " is not there")
                    + " (expected: one folder that all nodes see under this path, each writes its part of a checkpoint into"
                    + " it); mount one on all nodes, and set -D checkpoint.folder to it, or let each node keep its part with"
                    + " -D checkpoint.shared=no");
        }
    }

    @Override
    public Checkpoint load(String place) {
        return CheckpointStore.load(Path.of(place));
    }

    @Override
    public Manifest manifest(String place) {
        return CheckpointStore.manifest(Path.of(place));
    }

    /** By its name alone, in the folder that was allowed: a path that comes with a message could lead anywhere. */
    Path draft(Path pending) {
        return new KeptFolder(folder()).draft(String.valueOf(pending.getFileName()));
    }

    @Override
    public ShardWriter shards() {
        return (pending, stage, stages, snapshot) -> Shards.write(draft(pending), stage, stages, snapshot);
    }

    @Override
    public Checkpointing.Target target(long runEpoch) {
        return new Checkpointing.InFolder(
                new CheckpointStore(folder(), order.keep()), new RunEpochs(folder()), runEpoch);
    }

    @Override
    public Checkpoint end(boolean bestTaken) {
        return CheckpointStore.loadEnd(folder(), bestTaken);
    }
}
