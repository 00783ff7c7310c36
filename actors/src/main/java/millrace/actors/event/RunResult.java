package millrace.actors.event;

import java.util.List;
import java.util.Map;
import millrace.actors.plan.Snapshot;
import millrace.actors.plan.Watching;
import millrace.actors.trace.PipelineFigures;
import millrace.nn.infer.Evaluation;

/**
 * How a run ended.
 *
 * @param steps optimizer steps made, those before a resumed checkpoint included
 * @param loss of the last step
 * @param evaluations the last ones, by name of the set
 * @param samplesPerSecond of the training alone, over the whole run
 * @param seconds wall time
 * @param finalState weights and optimizer state; without them where a cluster has trained: they are in the run's folder
 * @param pipeline what the pipeline measured of itself
 * @param weightsSha256 SHA-256 over all final parameters in layer order ({@link Snapshot#weightsSha256}); empty as long as
 *     nobody has seen them all
 */
public record RunResult(
        Reason reason,
        long steps,
        double loss,
        Map<String, Evaluation> evaluations,
        double samplesPerSecond,
        double seconds,
        Snapshot finalState,
        PipelineFigures pipeline,
        String weightsSha256) {
    /** With the digest of the final state. */
    public RunResult(
            Reason reason,
            long steps,
            double loss,
            Map<String, Evaluation> evaluations,
            double samplesPerSecond,
            double seconds,
            Snapshot finalState,
            PipelineFigures pipeline) {
        this(
                reason,
                steps,
                loss,
                evaluations,
                samplesPerSecond,
                seconds,
                finalState,
                pipeline,
                finalState.weights().isEmpty() ? "" : finalState.weightsSha256());
    }

    /** The same with the digest of weights that are elsewhere. */
    public RunResult withDigest(String digest) {
        return new RunResult(reason, steps, loss, evaluations, samplesPerSecond, seconds, finalState, pipeline, digest);
    }

    /** The same with weights that have been read where they were saved. */
    public RunResult withFinalState(Snapshot state) {
        return new RunResult(
                reason, steps, loss, evaluations, samplesPerSecond, seconds, state, pipeline, state.weightsSha256());
    }

    /** Batches that the final state's weights have seen: fewer than were made where those of an earlier epoch were taken back. */
    public long stepOfWeights() {
        return finalState.step();
    }

    /** The same with the weights of an earlier epoch, which are elsewhere. */
    public RunResult restored(long atStep, Map<String, Evaluation> found) {
        return new RunResult(
                reason,
                steps,
                loss,
                found,
                samplesPerSecond,
                seconds,
                new Snapshot(atStep, List.of(), List.of()),
                pipeline);
    }

    /** Why a run ended. */
    public enum Reason {
        /** All epochs or steps were made. */
        COMPLETED,
        /** No improvement for as many epochs as early stopping allows. */
        STOPPED_EARLY,
        /** Asked to stop. */
        INTERRUPTED;

        /** Whether a run that ends so takes back the weights of its best epoch. */
        public boolean takesBackBest(Watching watching) {
            return watching.restoresBest() && this != INTERRUPTED;
        }
    }
}
