package millrace.app.study;

import java.util.Optional;
import java.util.function.Consumer;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.Run;
import millrace.actors.trace.TraceWindow;

/** A run that is measured: some steps to warm up, then some that are recorded. */
public final class TracedRun {
    private TracedRun() {}

    /**
     * Trains to the end; empty when it was interrupted, since the steps that were made are not those that were to be measured.
     *
     * @param plan that ends after the recorded steps
     * @param interruptible gets what ends the run
     */
    public static Optional<RunResult> of(RunPlan plan, long warmUp, long measured, Consumer<Runnable> interruptible) {
        return of(plan, warmUp, measured, TrainingListener.SILENT, run -> interruptible.accept(run::interrupt));
    }

    /**
     * The same for who watches.
     *
     * @param begun gets the run
     */
    public static Optional<RunResult> of(
            RunPlan plan, long warmUp, long measured, TrainingListener listener, Consumer<Run> begun) {
        Run run = PipelineRun.start(plan.traced(new TraceWindow(warmUp, warmUp + measured)), listener);
        begun.accept(run);
        RunResult result = run.await();
        return result.reason() == RunResult.Reason.INTERRUPTED ? Optional.empty() : Optional.of(result);
    }
}
