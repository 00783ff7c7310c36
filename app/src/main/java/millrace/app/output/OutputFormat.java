package millrace.app.output;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import millrace.actors.event.TrainingEvent.Started;

/**
 * A form in which runs are told, by name. Formats are found by {@link java.util.ServiceLoader}: a new one is its own file
 * and a line in {@code META-INF/services/millrace.app.output.OutputFormat}.
 */
public interface OutputFormat {
    /** As it is named in {@code logs.formats}, or for standard output by {@link Audience}. */
    String name();

    /** Whether it writes files into the run's log folder; the others write to standard output. */
    boolean isLog();

    /**
     * Whether a file in a log folder is of this format; a new run leaves such a folder alone.
     *
     * @param file its name
     */
    default boolean owns(String file) {
        return false;
    }

    /** Begins to tell a run. A run that goes on, in the folder where it was logged before, takes its logs up. */
    RunOutput open(Target target) throws IOException;

    /**
     * What an output is opened for.
     *
     * @param run as it will be told first
     * @param out standard output
     * @param err standard error
     * @param folder for logs; it exists where there are any
     * @param every steps to tell: every so many, 0 for none
     */
    record Target(Started run, PrintWriter out, PrintWriter err, Path folder, int every, OutputSettings settings) {
        /** Steps that the run has made before it goes on here; 0 for a new run. */
        public long stepsBefore() {
            return run.plan().start().step();
        }
    }
}
