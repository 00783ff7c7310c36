package millrace.actors.cluster;

import java.util.Optional;
import java.util.function.Consumer;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.checkpoint.ShardWriter;
import millrace.actors.wire.manifest.Manifest;

/** Where the nodes of one run find its checkpoints and write new ones. Its methods may block. */
interface RunStorage {
    /**
     * A checkpoint to go on from.
     *
     * @param place by which the other nodes find it
     */
    record Found(Checkpoint checkpoint, String place) {}

    /**
     * Gets the right to write, under a new run epoch.
     *
     * @param after the run epoch is above this one
     */
    long begin(long after);

    /**
     * The newest checkpoint that is whole; of a run that has none yet the one that it begins from.
     *
     * @param damaged told of each newer one that is not whole
     */
    Optional<Found> newest(Consumer<String> damaged);

    /** The step of the newest checkpoint, without reading its files; -1 when there is none. */
    long newestStep();

    /** Refuses to work where this node could not write what the others read; the coordinator has begun a run epoch. */
    void requireSeen(long runEpoch);

    /** A checkpoint that {@link #newest} has found, on whatever node. */
    Checkpoint load(String place);

    /** What such a checkpoint says of itself. */
    Manifest manifest(String place);

    /** What writes the parts of this node's stages. */
    ShardWriter shards();

    /** Where a run epoch that {@link #begin} has begun here is saved. */
    Checkpointing.Target target(long runEpoch);

    /**
     * What a run that is over came to.
     *
     * @param bestTaken whether it has taken back its best epoch
     */
    Checkpoint end(boolean bestTaken);
}
