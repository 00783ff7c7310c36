package millrace.actors.stage;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import millrace.actors.run.RunPlan;
import millrace.actors.stage.StageCore.Effect;
import millrace.actors.stage.StageProtocol.StageSnapshot;
import millrace.actors.trace.Staleness;
import millrace.nn.model.StageModel;
import millrace.nn.tensor.Tensor;
import millrace.schedule.Action;
import millrace.schedule.timeline.Timeline.Weights;
import org.jspecify.annotations.Nullable;

/** One rank's part of training without threads, clock or Akka: arrivals in, effects out. */
public interface RankCore {
    /** The core of a rank, with or without a flush as the plan says. */
    static RankCore of(RunPlan plan, int rank) {
        int window = evaluationWindow(plan);
        return plan.stream().isPresent() ? new StreamCore(plan, rank, window) : new StageCore(plan, rank, window);
    }

    /** Chunks of an evaluation that may be in flight: enough that no rank waits. */
    static int evaluationWindow(RunPlan plan) {
        return plan.schedule().ranks() + 2;
    }

    /** An activation for one of the rank's stages is here; false when nobody needs it any more, and it is given up. */
    boolean activationArrived(int stage, long step, int microBatch, Tensor tensor);

    /** An error delta for one of the rank's stages is here; false when nobody needs it any more, and it is given up. */
    boolean deltaArrived(int stage, long step, int microBatch, Tensor tensor);

    /**
     * Another stage's share of a tied weight's gradient has come; one hold of it is handed over.
     *
     * @return false when it was here before
     */
    boolean gradientShareArrived(int stage, long step, Tensor tensor);

    /**
     * Another replica's share of the gradients of one of the rank's stages has come; one hold of it is handed over.
     *
     * @return false when it was here before
     */
    boolean replicaShareArrived(int stage, int replica, long step, Tensor tensor);

    /**
     * Allows batches until so many are done.
     *
     * @param rateScale what the learning rate of steps from now on is multiplied by; it changes only where all that was
     *     granted is done
     */
    void advance(long untilStep, double rateScale);

    /**
     * The gradient of a batch as a whole, which the step after {@link Effect.Measured} waits for where it is clipped by it.
     *
     * @param step batches made when this one is
     * @param squares sum of squares over all parameters of the model
     */
    void gradientNorm(long step, double squares);

    /**
     * The rank will be saved when it has done so many batches, while it goes on: {@link #snapshots} right after
     * {@link #work} has given {@link Effect.Stepped} for them. Told before more than these batches are granted, and after
     * the cut before. Without it a rank can be saved wherever it has done all that was granted.
     */
    void cutAt(long step);

    /** Does the next piece of work if its inputs are here; empty when the rank has to wait. */
    Optional<Effect> work();

    /** The action that {@link #work} did last; null after an optimizer step. */
    @Nullable
    Action lastAction();

    /** The weights that {@link #lastAction} used; null where they are always the newest. */
    @Nullable
    Weights lastWeights();

    /** Optimizer steps that each of the rank's stages has left out because its gradient was not finite. */
    NavigableMap<Integer, Long> skippedSteps();

    /** The batch that the last piece of work was for. */
    long lastStep();

    /** The most that was held between F and W (or B), in micro-batches of the rank's whole share. */
    double peakActivations();

    /** By stage the most bytes that were held for backwards. */
    NavigableMap<Integer, Long> peakBytes();

    /** How stale the gradients were; empty where nothing is ever stale. */
    Optional<Staleness> staleness();

    /** The model of one of the rank's stages. */
    StageModel model(int stage);

    /** The rank's models, stages ascending. */
    List<StageModel> models();

    boolean holds(int stage);

    /** Batches that may be done. */
    long granted();

    /** What was being computed, for the message when it fails. */
    String position();

    /** What the rank waits for while {@link #work} gives nothing. */
    String waitsFor();

    /**
     * Copies of weights and optimizer state, stage by stage, of each in its first replica; at a cut, or where all that was
     * granted is done.
     *
     * @param arena where the copies live
     * @throws IllegalStateException elsewhere, if what a run would need to go on from there is not kept
     */
    List<StageSnapshot> snapshots(Arena arena);

    /** Throws IllegalStateException unless every buffer came back and nothing waits. */
    void checkDrained();
}
