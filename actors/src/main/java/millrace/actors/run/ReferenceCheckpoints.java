package millrace.actors.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.checkpoint.Shards;
import millrace.actors.course.Course;
import millrace.actors.course.Course.Next;
import millrace.actors.course.Metrics;
import millrace.actors.plan.Snapshot;
import millrace.actors.wire.manifest.Manifest.FileEntry;

/** The checkpoints of a run without actors: made between two batches, while the run waits. */
final class ReferenceCheckpoints {
    private final Optional<Checkpointing> checkpointing;
    private long savedAt = System.nanoTime();
    private long saved = -1;

    /**
     * @param checkpointing empty for a run that is not saved
     */
    ReferenceCheckpoints(Optional<Checkpointing> checkpointing) {
        this.checkpointing = checkpointing;
    }

    boolean areMade() {
        return checkpointing.isPresent();
    }

    /** Between two batches: makes one if the last is so long ago. */
    void saveIfDue(Course course, Supplier<List<Snapshot>> stages) {
        checkpointing
                .filter(how -> System.nanoTime() - savedAt >= how.interval().toNanos())
                .ifPresent(how -> save(how, course, stages.get(), false));
    }

    /**
     * Makes the one that the course asks for, or that is still missing at its end.
     *
     * @param stages the state of each stage, from the first
     */
    void save(Course course, Supplier<List<Snapshot>> stages) {
        boolean best = course.next() instanceof Next.Save(boolean improved) && improved;
        checkpointing
                .filter(_ -> best || saved != course.step())
                .ifPresent(how -> save(how, course, stages.get(), best));
    }

    private void save(Checkpointing how, Course course, List<Snapshot> stages, boolean best) {
        Path pending = how.store().pending(course.step());
        List<FileEntry> files = new ArrayList<>();
        for (int stage = 0; stage < stages.size(); stage++) {
            files.addAll(Shards.write(pending, stage, stages.size(), stages.get(stage)));
        }
        how.commit(pending, course.step(), files, Metrics.of(course.evaluations()), course.progress(), best);
        saved = course.step();
        savedAt = System.nanoTime();
    }
}
