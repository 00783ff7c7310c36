package millrace.app.command;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import millrace.app.config.ProfileFile;
import millrace.app.study.TraceImport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The profile of a pipeline that was trained elsewhere. */
final class ImportOptions {
    @Option(
            names = "--import",
            split = ",",
            paramLabel = "TRACE.json",
            description =
                    "instead of measuring, read traces of a pipeline that was trained elsewhere, as torch's profiler writes them (.json or"
                            + " .json.gz, one of each process): each stage becomes a layer")
    private List<Path> traces = List.of();

    @Option(names = "--samples", paramLabel = "N", description = "with --import: samples of a micro-batch of that run")
    private @Nullable Integer samples;

    @Option(
            names = "--events",
            paramLabel = "PATTERN",
            description =
                    "with --import: a regular expression for the names of actions, with the groups (?<stage>...) and (?<kind>...), F, B,"
                            + " I or W (default: names like 2F0 and PP:2F0)")
    private @Nullable String events;

    /** Whether traces are read. */
    boolean asked() {
        return !traces.isEmpty();
    }

    /** @throws IllegalArgumentException when there are options for traces, and no traces */
    void requireNone() {
        if (samples != null || events != null) {
            throw new IllegalArgumentException(
                    (samples != null ? "--samples" : "--events") + ": without --import (expected: with it)");
        }
    }

    /** The size of micro-batches of that run. */
    int samples() {
        if (samples == null || samples < 1) {
            throw new IllegalArgumentException("--samples: " + (samples == null ? "nothing" : samples)
                    + " (expected: 1 or more, the samples of a micro-batch of the run that was traced)");
        }
        return samples;
    }

    /** Reads the traces. */
    ProfileFile read() {
        return TraceImport.read(traces, samples(), names());
    }

    private Pattern names() {
        if (events == null) {
            return TraceImport.ACTIONS;
        }
        try {
            return Pattern.compile(events);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "--events: " + events + " (expected: a regular expression; " + e.getDescription() + ")", e);
        }
    }
}
