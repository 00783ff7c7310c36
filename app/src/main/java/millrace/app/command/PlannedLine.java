package millrace.app.command;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import millrace.app.config.RunFile;
import millrace.app.study.LayerProfiler;
import millrace.app.study.PlannedNetwork;
import millrace.app.study.Planning;
import millrace.app.study.Planning.Wanted;
import millrace.schedule.auto.Plan;
import millrace.schedule.auto.PlanRequest.Recomputing;

/** The settings of the line of a run that is trained by a plan. */
final class PlannedLine {
    private static final String AUTO = "auto";
    private static final String RANKS = "pipeline.ranks";
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
        PlannedNetwork network = PlannedNetwork.of(config);
        int ranks = ranks(config, network.starts().size());
        return LayerProfiler.measure(
                        network,
                        network.usualSizes(),
                        Math.min(ranks, Runtime.getRuntime().availableProcessors()),
                        what -> output.say("measuring: " + what),
                        interrupts::call)
                .map(profile -> searched(Planning.of(profile, network), config, ranks));
    }

    /** As many as are asked for; or as there are workers, or cores, if the network can be cut into so many stages. */
    private static int ranks(Config config, int most) {
        if (config.hasPath(RANKS)) {
            int ranks = config.getInt(RANKS);
            if (ranks > most) {
                throw new IllegalArgumentException("--ranks: " + ranks + " (expected: at most " + most
                        + ", the stages that the network can be cut into)");
            }
            return ranks;
        }
        int threads = config.getInt("pipeline.compute-threads");
        int workers = config.hasPath("pipeline.workers")
                ? config.getInt("pipeline.workers")
                : threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
        return Math.min(most, workers);
    }

    private Map<String, Object> searched(Planning planning, Config config, int ranks) {
        int batch = config.getInt("training.batch");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SEARCH_SECONDS);
        BooleanSupplier enough = () -> interrupts.isReceived() || System.nanoTime() - end > 0;
        Wanted wanted = new Wanted(
                ranks,
                List.of(1),
                batch,
                Double.POSITIVE_INFINITY,
                List.of(),
                Recomputing.NEVER,
                false,
                config.hasPath("training.clip-norm"),
                1);
        Plan best = planning.search(wanted, enough).best().getFirst();
        output.say(String.format(
                Locale.ROOT,
                "plan: %s, %d micro-batches, layers %s, %.1f samples/s expected",
                best.schedule(),
                best.microBatches(),
                planning.layout(best),
                batch / best.period()));
        return planning.settings(best);
    }

    /** Of the options that say where a network is cut and how it is trained those that a plan leaves open. */
    static boolean contradicts(String plan, String key) {
        return RunFile.isOfLine(key) && !(plan.equals(AUTO) && key.equals(RANKS));
    }
}
