package millrace.actors.run;

import java.util.Optional;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.schedule.order.Flushed;
import millrace.schedule.order.Streamed;
import millrace.schedule.stream.StreamSpec;

/** The same training without actors, which a pipeline must equal bit for bit. */
public sealed interface ReferenceRun extends Run permits SequentialRun, DelayedRun {
    /** Runs to the end. */
    RunResult run();

    /** Runs to the end, on the calling thread. */
    @Override
    default RunResult await() {
        return run();
    }

    /** Ends the run after the batch it is at; may be called from another thread. */
    @Override
    void interrupt();

    /** The reference of a plan, which is not saved. */
    static ReferenceRun of(RunPlan plan, TrainingListener listener) {
        return of(plan, listener, Optional.empty());
    }

    /**
     * The reference of a plan.
     *
     * @param checkpointing how it is saved; empty for a run that is not
     *
     * @throws IllegalArgumentException when it has none
     */
    static ReferenceRun of(RunPlan plan, TrainingListener listener, Optional<Checkpointing> checkpointing) {
        requireFor(plan);
        Optional<Checkpointing> described = checkpointing.map(how -> how.describing(plan));
        return switch (plan.order()) {
            case Flushed _ -> new SequentialRun(plan, listener, described);
            case Streamed _ -> new DelayedRun(plan, listener, described);
        };
    }

    /**
     * @throws IllegalArgumentException when a plan has no reference: a greedy stream, whose weights depend on timing
     */
    static void requireFor(RunPlan plan) {
        if (plan.order().stream().filter(StreamSpec::isGreedy).isPresent()) {
            throw new IllegalArgumentException("schedule: " + plan.order().name()
                    + " without actors (expected: one that does not depend on timing, such as async-1f1b)");
        }
    }
}
