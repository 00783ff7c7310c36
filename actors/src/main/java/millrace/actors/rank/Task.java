package millrace.actors.rank;

import millrace.schedule.Action;

/** One entry of a rank's order of work. */
public sealed interface Task {
    /** An action of the schedule. */
    record Compute(Action action) implements Task {}

    /** A stage's part of a chunk of an evaluation. */
    record Evaluate(int stage, int chunk) implements Task {}

    /** What comes between the last backward of a batch and the first forward of the next, in this order. */
    enum EndOfBatch implements Task {
        /** Gradients that this rank has in common with others are sent to them. */
        SHARE,
        /** Their gradients, which have come, are added to its own. */
        SUM,
        /** The gradients are measured, for clipping or for the report of their norms. */
        MEASURE,
        /** The norm of the whole model's gradient, which has come, decides how far the step is scaled down. */
        ADMIT,
        /** The stages step their optimizers. */
        STEP,
        /** A batch is reported that ended without an optimizer step of its own (streams). */
        REPORT
    }
}
