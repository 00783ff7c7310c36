package millrace.app.command;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import millrace.app.config.ScheduleSource;
import millrace.app.study.Optimum;
import millrace.nn.io.AtomicFile;
import millrace.schedule.ScheduleCsv;
import millrace.schedule.simulate.Simulation;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether the shortest order is searched for, and where it is written. */
final class OptimalOptions {
    @Option(
            names = "--optimal",
            paramLabel = "STEPS",
            arity = "0..1",
            fallbackValue = "2000000",
            description =
                    "of schedules with one stage a rank, search for the shortest order with split backwards in which no rank"
                            + " holds more micro-batches than the one that holds most, trying so many actions at most (without"
                            + " a number: 2,000,000)")
    private @Nullable Long steps;

    @Option(
            names = "--optimal-order",
            paramLabel = "FILE.csv",
            description = "write the shortest order that --optimal has found; it can be simulated and trained with")
    private @Nullable Path file;

    @Option(
            names = "--cap",
            paramLabel = "N",
            description =
                    "with --optimal: forwards that a rank may hold until their W (default: as many as the schedule's rank that"
                            + " holds most)")
    private @Nullable Integer cap;

    boolean wanted() {
        return steps != null;
    }

    /**
     * Refuses what does not fit, before anything is simulated.
     *
     * @param combinations schedules that are asked for
     */
    void check(int combinations, double jitter) {
        if (steps != null && steps < 1) {
            throw new IllegalArgumentException("--optimal: " + steps + " (expected: 1 or more actions)");
        }
        if (steps != null && jitter > 0) {
            throw new IllegalArgumentException(
                    "--jitter: " + jitter + " with --optimal (expected: 0, the search knows the times of all actions)");
        }
        if (cap != null && (cap < 1 || steps == null)) {
            throw new IllegalArgumentException("--cap: " + cap + (steps == null ? " without --optimal" : "")
                    + " (expected: 1 or more forwards, and --optimal)");
        }
        if (file == null) {
            return;
        }
        if (!ScheduleSource.isFile(file.toString())) {
            throw new IllegalArgumentException(
                    "--optimal-order: " + file + " (expected: a file that ends in .csv, as schedules are read from)");
        }
        if (steps == null || combinations != 1) {
            throw new IllegalArgumentException("--optimal-order: " + file
                    + (steps == null ? " without --optimal" : " for " + combinations + " schedules")
                    + " (expected: --optimal, and one schedule)");
        }
    }

    /** The shortest order beside a simulation; empty where it is not asked for or not known. */
    Optional<Optimum> search(Simulation simulation) {
        OptionalInt held = cap == null ? OptionalInt.empty() : OptionalInt.of(cap);
        return steps == null ? Optional.empty() : Optimum.of(simulation, held, steps);
    }

    /** Writes the order, if that is asked for. */
    void write(Optional<Optimum> found) {
        if (file != null) {
            Optimum shortest = found.orElseThrow(() -> new IllegalArgumentException("--optimal-order: " + file
                    + " of a schedule whose shortest order is not known (expected: one stage a rank, one copy of the"
                    + " line, no recomputation)"));
            AtomicFile.write(file, ScheduleCsv.write(shortest.found().schedule()));
        }
    }
}
