package millrace.actors.rank;

import millrace.schedule.Action;

/** One entry of a rank's order of work. */
public sealed interface Task {
    /** An action of the schedule. */
    record Compute(Action action) implements Task {}

    /** A stage's part of a chunk of an evaluation. */
    record Evaluate(int stage, int chunk) implements Task {}

    /**
     * A part of a stage's gradients is added up over the replicas of the line, or a sum of another replica is taken over; as
     * soon as it is here, also between actions.
     */
    record Exchange(int stage) implements Task {}

    /** What comes between the last backward of a batch and the first forward of the next, in this order. */
    enum EndOfBatch implements Task {
        /** The gradient of a weight that two stages have is sent to the other. */
        SHARE,
        /** The other's, which has come, is added to it. */
        SUM,
        /** The gradients are measured, for clipping or for the report of their norms. */
        MEASURE,
        /** All that comes into the step is here, and that is reported: where ranks step together. */
        READY,
        /**
         * The trainer's word has come. The norm of the whole model's gradient in it decides how far the step is scaled down, where
         * that is asked for.
         */
        ADMIT,
        /** The stages step their optimizers. */
        STEP,
        /** A batch is reported that ended without an optimizer step of its own (streams). */
        REPORT
    }
}
