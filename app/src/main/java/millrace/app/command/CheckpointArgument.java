package millrace.app.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.checkpoint.ResumePoint;

/** The checkpoint that a command was given; a line on standard error where it is not the one that was meant. */
final class CheckpointArgument {
    private CheckpointArgument() {}

    /** A checkpoint, or of a run folder its best one. */
    static Checkpoint load(Path path, OutputOptions output) {
        return warning(path, output.err(), CheckpointStore::load);
    }

    /** A checkpoint, or of a run folder the newest that is whole. */
    static Checkpoint newest(Path path, OutputOptions output) {
        return warning(path, output.err(), ResumePoint::newest);
    }

    private static Checkpoint warning(
            Path path, PrintWriter err, BiFunction<Path, Consumer<String>, Checkpoint> loading) {
        List<String> notices = new ArrayList<>();
        Checkpoint loaded = loading.apply(path, notices::add);
        notices.forEach(notice -> err.println("warning: " + notice + "; " + loaded.path() + " is used"));
        err.flush();
        return loaded;
    }
}
