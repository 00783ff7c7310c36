package millrace.actors.run;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.checkpoint.CheckpointTimes;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.checkpoint.SaveRetries;
import millrace.actors.checkpoint.Shards;
import millrace.actors.course.Course;
import millrace.actors.course.Course.Next;
import millrace.actors.course.Metrics;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.Snapshot;
import millrace.actors.wire.manifest.Manifest.FileEntry;

/** The checkpoints of a run without actors: made between two batches, while the run waits. */
final class ReferenceCheckpoints {
    private final Optional<Checkpointing> checkpointing;
    private final TrainingListener listener;
    private final SaveRetries retries = new SaveRetries();
    private final CheckpointTimes times;
    private long dueAt;
    private long saved = -1;

    /**
     * @param checkpointing empty for a run that is not saved
     * @param listener told of failures
     */
    ReferenceCheckpoints(Optional<Checkpointing> checkpointing, TrainingListener listener) {
        this.checkpointing = checkpointing;
        this.listener = listener;
        this.times = new CheckpointTimes(checkpointing.map(Checkpointing::pace).orElse(CheckpointPace.USUAL));
        this.dueAt = System.nanoTime() + times.nanos();
    }

    boolean areMade() {
        return checkpointing.isPresent();
    }

    /** Between two batches: makes one if the last is so long ago. */
    void saveIfDue(Course course, Supplier<List<Snapshot>> stages) {
        checkpointing.filter(how -> System.nanoTime() - dueAt >= 0).ifPresent(how -> {
            long begun = System.nanoTime();
            if (trySaving(how, course, stages.get(), false)) {
                long now = System.nanoTime();
                times.cost(now - begun);
                dueAt = now + times.nanos();
            }
        });
    }

    /**
     * Makes the one that the course asks for, or that is still missing at its end; tries again, and waits, as long as it
     * makes sense.
     *
     * @param stages the state of each stage, from the first
     */
    void save(Course course, Supplier<List<Snapshot>> stages) {
        boolean best = course.next() instanceof Next.Save(boolean improved) && improved;
        checkpointing.filter(_ -> best || saved != course.step()).ifPresent(how -> {
            List<Snapshot> state = stages.get();
            while (!trySaving(how, course, state, best)) {
                LockSupport.parkNanos(dueAt - System.nanoTime());
            }
        });
    }

    /** Whether it was saved; if not, another attempt is due in a while. */
    private boolean trySaving(Checkpointing how, Course course, List<Snapshot> stages, boolean best) {
        Path pending = how.target().pending(course.step());
        try {
            List<FileEntry> files = new ArrayList<>();
            for (int stage = 0; stage < stages.size(); stage++) {
                files.addAll(Shards.write(pending, stage, stages.size(), stages.get(stage)));
            }
            how.commit(pending, course.step(), files, Metrics.of(course.evaluations()), course.progress(), best);
        } catch (IllegalArgumentException e) {
            how.target().discard(pending);
            String reason = String.valueOf(e.getMessage());
            Duration wait = retries.failed().orElseThrow(() -> SaveRetries.givenUp(reason));
            retries.notice(course.step(), reason).ifPresent(listener::onEvent);
            dueAt = System.nanoTime() + wait.toNanos();
            return false;
        }
        saved = course.step();
        dueAt = System.nanoTime() + times.nanos();
        retries.saved(saved).ifPresent(listener::onEvent);
        return true;
    }
}
