package millrace.actors.run;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.course.Course;
import millrace.actors.course.Course.Next;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Snapshot;
import millrace.actors.trace.PipelineFigures;
import millrace.nn.data.Dataset;
import millrace.nn.stage.StageModel;

/** Follows the course of a run without actors: trains, evaluates and saves, one after the other, on the calling thread. */
final class ReferenceLoop {
    private final TrainingListener listener;
    private final ReferenceCheckpoints checkpoints;
    private final AtomicBoolean interrupted = new AtomicBoolean();

    ReferenceLoop(TrainingListener listener, Optional<Checkpointing> checkpointing) {
        this.listener = listener;
        this.checkpoints = new ReferenceCheckpoints(checkpointing, listener);
    }

    /** What a reference trains: all in one stage, or in several. */
    interface Line {
        /** From the first; the loop closes none of them. */
        List<StageModel> stages();

        /** Trains one batch, and tells the course. */
        void batch(Course course);

        /** What is saved of each stage. */
        List<Snapshot> snapshots(Course course);
    }

    /** The course of a plan that is begun. */
    Course course(RunPlan plan) {
        return new Course(plan, listener, System::nanoTime, checkpoints.areMade());
    }

    /** Ends the run after the batch it is at. */
    void interrupt() {
        interrupted.set(true);
    }

    /** Trains to the end. */
    RunResult follow(Course course, Line line) {
        while (true) {
            switch (course.next()) {
                case Next.Steps(long _) -> {
                    if (interrupted.get()) {
                        course.interrupt(course.step());
                    } else {
                        line.batch(course);
                    }
                    checkpoints.saveIfDue(course, () -> line.snapshots(course));
                }
                case Next.Evaluate(String _, Dataset data) -> course.evaluated(LineEvaluation.of(line.stages(), data));
                case Next.Save(boolean _) -> {
                    List<Snapshot> found = line.snapshots(course);
                    checkpoints.save(course, () -> found);
                    course.saved(Snapshot.joined(course.wantsGradients() ? withGradients(found, line) : found));
                }
                case Next.Finish(RunResult.Reason reason) -> {
                    line.stages().forEach(StageModel::checkDrained);
                    List<Snapshot> end = line.snapshots(course);
                    checkpoints.save(course, () -> end);
                    return course.result(reason, Snapshot.joined(end), PipelineFigures.sequential(skipped(line)));
                }
            }
        }
    }

    private static List<Snapshot> withGradients(List<Snapshot> snapshots, Line line) {
        return IntStream.range(0, snapshots.size())
                .mapToObj(stage -> snapshots
                        .get(stage)
                        .withGradients(line.stages().get(stage).state().gradients()))
                .toList();
    }

    private static List<Long> skipped(Line line) {
        return line.stages().stream()
                .flatMap(stage -> stage.optimizer().skipped().stream())
                .toList();
    }
}
