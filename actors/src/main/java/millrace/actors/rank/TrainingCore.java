package millrace.actors.rank;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import millrace.actors.trace.Staleness;
import millrace.nn.stage.StageModel;

/** How a rank trains: packets in, work out; with a flush at the end of every batch or without. */
sealed interface TrainingCore permits FlushingCore, StreamCore {
    /**
     * A packet for one of the rank's stages is here, with one hold of its tensor.
     *
     * @return false when nobody needs it any more; then it is given up
     */
    boolean arrived(Packet packet);

    /** As {@link RankCore#advance}. */
    void advance(long untilStep, double rateScale);

    /** As {@link RankCore#gradientNorm}. */
    void gradientNorm(long step, double squares);

    /** As {@link RankCore#stepNow}. */
    void stepNow(StepWord word);

    /** As {@link RankCore#atRest}. */
    Optional<RankAtRest> atRest();

    /** As {@link RankCore#liveSnapshots}. */
    List<StageSnapshot> liveSnapshots(Arena arena);

    /**
     * Whether the rank stands between two batches: so many are done with all that belongs to them, and nothing of the weights
     * has changed since.
     *
     * @throws IllegalStateException when the rank is beyond
     */
    boolean standsAfter(long step);

    /** As {@link RankCore#cutAt}. */
    void cutAt(long step);

    /** Does the next entry of the order if it can be done; empty when the rank has to wait. */
    Optional<Work> work();

    /** Batches that may be done. */
    long granted();

    /** What was being computed, for the message when it fails. */
    String position();

    /** What the rank waits for while {@link #work} gives nothing. */
    String waitsFor();

    /** The rank's models, stages ascending. */
    List<StageModel> models();

    /** The model of one of the rank's stages. */
    StageModel model(int stage);

    /** As {@link RankCore#snapshots}, without gradients. */
    List<StageSnapshot> snapshots(Arena arena);

    /** The most that was held between F and W (or B), in micro-batches of the rank's whole share. */
    double peakActivations();

    /** Activations and error deltas that are here and not used yet. */
    int waiting();

    /** How stale the gradients were; empty where nothing is ever stale. */
    Optional<Staleness> staleness();

    /** Throws IllegalStateException unless every buffer came back and nothing waits. */
    void checkDrained();
}
