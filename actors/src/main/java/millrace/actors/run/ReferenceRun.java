package millrace.actors.run;

import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;

/** The same training without actors, which a pipeline must equal bit for bit. */
public sealed interface ReferenceRun permits SequentialRun, DelayedRun {
    /** Runs to the end. */
    RunResult run();

    /** Ends the run after the batch it is at; may be called from another thread. */
    void interrupt();

    /**
     * The reference of a plan.
     *
     * @throws IllegalArgumentException when it has none
     */
    static ReferenceRun of(RunPlan plan, TrainingListener listener) {
        requireFor(plan);
        return plan.stream().isPresent() ? new DelayedRun(plan, listener) : new SequentialRun(plan, listener);
    }

    /**
     * @throws IllegalArgumentException when a plan has no reference: a greedy stream, whose weights depend on timing
     */
    static void requireFor(RunPlan plan) {
        if (plan.stream().isPresent() && plan.stream().get().isGreedy()) {
            throw new IllegalArgumentException("schedule: " + plan.schedule().name()
                    + " without actors (expected: one that does not depend on timing, such as async-1f1b)");
        }
    }
}
