package millrace.app.command;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import millrace.app.config.ProfileFile;
import millrace.app.config.RunFile;
import millrace.app.study.LayerProfiler;
import millrace.app.study.Planning;
import millrace.app.study.Planning.Wanted;
import millrace.schedule.auto.Plan;
import millrace.schedule.auto.PlanRequest.Recomputing;

/** The settings of the line of a run that is trained by a plan. */
final class PlannedLine {
    private static final String AUTO = "auto";
    private static final long SEARCH_SECONDS = 10;

    private final OutputOptions output;
    private final Interrupts interrupts;

    PlannedLine(OutputOptions output, Interrupts interrupts) {
        this.output = output;
        this.interrupts = interrupts;
    }

    /**
     * By key; empty when it was interrupted.
     *
     * @param plan {@code auto}, or a run file
     * @param config of the run as it would be without a plan
     */
    Optional<Map<String, Object>> of(String plan, Config config) {
        if (!plan.equals(AUTO)) {
            return Optional.of(RunFile.line(plan));
        }
        interrupts.listen();
        int ranks = ranks(config);
        int batch = config.getInt("training.batch");
        return LayerProfiler.measure(
                        config,
                        LayerProfiler.usualSizes(batch),
                        Math.min(ranks, Runtime.getRuntime().availableProcessors()),
                        what -> say("measuring: " + what),
                        interrupts::call)
                .map(profile -> searched(profile, config, ranks, batch));
    }

    /** As many as are asked for, or as there are workers, or cores. */
    private static int ranks(Config config) {
        for (String key : List.of("pipeline.ranks", "pipeline.workers")) {
            if (config.hasPath(key)) {
                return config.getInt(key);
            }
        }
        int threads = config.getInt("pipeline.compute-threads");
        return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    }

    private Map<String, Object> searched(ProfileFile profile, Config config, int ranks, int batch) {
        Planning planning = Planning.of(profile, config);
        int most = planning.cuts().size();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SEARCH_SECONDS);
        BooleanSupplier enough = () -> interrupts.isReceived() || System.nanoTime() - end > 0;
        Wanted wanted = new Wanted(
                Math.min(ranks, most),
                batch,
                Double.POSITIVE_INFINITY,
                List.of(),
                Recomputing.NEVER,
                config.hasPath("training.clip-norm"),
                1);
        Plan best = planning.search(wanted, enough).best().getFirst();
        say(String.format(
                Locale.ROOT,
                "plan: %s, %d micro-batches, layers %s, %.1f samples/s expected",
                best.schedule(),
                best.shape().microBatches(),
                planning.layout(best),
                batch / best.period()));
        return planning.settings(best);
    }

    private void say(String what) {
        if (!output.json()) {
            output.err().println(what);
            output.err().flush();
        }
    }

    /**
     * Refuses other options that say something else of the line.
     *
     * @param line what the plan says
     * @param config what came of it
     */
    static void requireUnchanged(String plan, Map<String, Object> line, Config config) {
        new TreeMap<>(line).forEach((key, value) -> {
            Object found = config.hasPath(key) ? config.getValue(key).unwrapped() : null;
            if (!String.valueOf(value).equals(String.valueOf(found))) {
                throw new IllegalArgumentException("--plan: " + plan + " beside " + key + " = " + found + " (expected: "
                        + value + ", as the plan says); leave one of them out");
            }
        });
    }
}
