package millrace.actors.run;

import java.util.Map;
import millrace.nn.model.Evaluation;

/** What a run tells while it goes on. */
public sealed interface TrainingEvent {
    /** A step was made: sent for every step that the plan asks to log. */
    record StepDone(long step, double loss) implements TrainingEvent {}

    /**
     * An epoch is over and evaluated.
     *
     * @param epoch from 1
     * @param loss mean over the epoch's samples, measured while training
     * @param evaluations by name of the set
     * @param samplesPerSecond of the training alone
     */
    record EpochDone(int epoch, long step, double loss, Map<String, Evaluation> evaluations, double samplesPerSecond)
            implements TrainingEvent {}

    /**
     * The sets were evaluated within an epoch.
     *
     * @param step batches made
     * @param evaluations by name of the set
     */
    record Evaluated(long step, Map<String, Evaluation> evaluations) implements TrainingEvent {}

    /**
     * The run has made progress: sent for every step, cheap to ignore.
     *
     * @param stepInEpoch from 1
     */
    record Progress(int epoch, long stepInEpoch, long stepsPerEpoch, double loss) implements TrainingEvent {}
}
