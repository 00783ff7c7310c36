package millrace.app.command;

import com.typesafe.config.Config;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import millrace.app.config.CostFile;
import millrace.app.config.MemorySize;
import millrace.app.config.ProfileFile;
import millrace.app.picture.PictureFile;
import millrace.app.study.LayerProfiler;
import millrace.app.study.PlanMeasurement;
import millrace.app.study.PlanReport;
import millrace.app.study.PlanReport.Measured;
import millrace.app.study.PlannedNetwork;
import millrace.app.study.Planning;
import millrace.app.study.Planning.Wanted;
import millrace.schedule.Schedules;
import millrace.schedule.auto.Plan;
import millrace.schedule.auto.PlanRequest.Recomputing;
import millrace.schedule.auto.PlanTable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code plan}: the best way to cut and train a network on some ranks. */
@Command(
        name = "plan",
        description = {
            "Searches for the fastest way to train a network on some ranks within their memory: where to cut it, by which"
                    + " schedule, with how many micro-batches, and what to recompute.",
            "Without --profile the network is measured on this machine first. Ctrl-C ends the search with what was found."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace plan gpt-tiny --ranks 2 --memory 64MB --out plan.conf     then: millrace train plan.conf",
            "  millrace plan mlp-deep --ranks 2 --measure 5",
            "  millrace plan profile.json --ranks 16 --batch 256                  a profile of any network"
        })
public final class PlanCommand implements Callable<Integer> {
    private static final double USUAL_COPIES = 2;

    @Parameters(
            paramLabel = "PRESET|FILE|PROFILE.json",
            description = "whose network is planned for; or a profile alone")
    private String workload = "";

    @Mixin
    private GivenSettings settings = new GivenSettings();

    @Option(names = "--ranks", paramLabel = "P", description = "ranks that train (default: number of cores)")
    private @Nullable Integer ranks;

    @Option(
            names = "--replicas",
            split = ",",
            paramLabel = "R",
            description =
                    "copies of the line that may be taken, side by side, one number or several: 1,2 looks for the best of both"
                            + " (default: 1)")
    private List<Integer> replicas = List.of(1);

    @Option(names = "--batch", paramLabel = "B", description = "samples from one optimizer step to the next")
    private @Nullable Integer batch;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description =
                    "what a rank may hold of weights, gradients, optimizer state and activations, as 64MB or 1.5GiB (default: no"
                            + " limit)")
    private @Nullable String memory;

    @Option(
            names = "--profile",
            paramLabel = "FILE.json",
            description = "what the layers take and hold, as millrace profile writes it (default: it is measured)")
    private @Nullable Path profile;

    @Option(
            names = "--speeds",
            split = ",",
            paramLabel = "S",
            description =
                    "how fast each rank is, rank 0 first: 1 is as fast as the one that was measured, 0.5 takes twice as long (default:"
                            + " as the profile says, or 1)")
    private List<Double> speeds = List.of();

    @Option(
            names = "--schedules",
            split = ",",
            paramLabel = "A,B",
            description = "schedules that may be taken (default: all; millrace schedules lists them)")
    private List<String> schedules = List.of();

    @Option(
            names = "--recompute-at",
            paramLabel = "own|backward|never",
            defaultValue = "own",
            description =
                    "how stages recompute that do not fit otherwise: as an action of its own while a rank waits (own), as a part of"
                            + " the backward, or not at all (default: own)")
    private String recomputeAt = "own";

    @Option(
            names = "--recompute-by",
            paramLabel = "stage|layer",
            defaultValue = "stage",
            description =
                    "what recomputes where it has to: whole stages, or of a stage those layers that take least time (default: stage)")
    private String recomputeBy = "stage";

    @Option(names = "--top", paramLabel = "N", defaultValue = "10", description = "plans to tell (default: 10)")
    private int top;

    @Option(
            names = "--measure",
            paramLabel = "N",
            defaultValue = "0",
            description = "train by the N best plans for some batches each, and take the one that was fastest")
    private int measure;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "25",
            description = "end the search after so many seconds with what was found (default: 25)")
    private double seconds;

    @Option(names = "--text", paramLabel = "FILE", description = "a text file in UTF-8, for networks that read texts")
    private @Nullable String text;

    @Option(names = "--out", paramLabel = "FILE.conf", description = "a run file that trains by the best plan")
    private @Nullable Path file;

    @Option(
            names = "--save-costs",
            paramLabel = "FILE",
            description =
                    "write what the stages of the best plan take and hold, for the option --cost of simulate, schedule and train; a"
                            + " schedule that is planned gets the plan's order from it, where that was planned from costs")
    private @Nullable Path costs;

    @Mixin
    private OutputOptions output = new OutputOptions();

    private final Interrupts interrupts = new Interrupts(output);

    @Override
    public Integer call() {
        Given.require("--top", top, top >= 1, "1 or more");
        for (int copies : replicas) {
            Given.require("--replicas", copies, copies >= 1, "1 or more copies of the line");
        }
        Given.require("--measure", measure, measure >= 0, "0 or more");
        Given.require("--seconds", seconds, seconds > 0, "above 0");
        double limit = memory == null ? Double.POSITIVE_INFINITY : MemorySize.bytes("--memory", memory);
        if (file != null) {
            PictureFile.requireText(file);
        }
        if (costs != null) {
            PictureFile.requireText(costs);
        }
        // before minutes of measuring
        recomputing();
        byLayer();
        schedules.forEach(Schedules::named);
        try (interrupts) {
            interrupts.listen();
            return isProfile() ? ofProfile(limit) : ofNetwork(limit);
        }
    }

    private boolean isProfile() {
        return workload.endsWith(".json");
    }

    private int ofProfile(double limit) {
        if (batch == null) {
            throw new IllegalArgumentException(
                    "--batch: nothing (expected: the samples of a batch, which a profile does not say)");
        }
        String other = profile != null
                ? "--profile"
                : measure > 0 ? "--measure" : file != null ? "--out" : text != null ? "--text" : null;
        if (other != null) {
            throw new IllegalArgumentException(other + ": with " + workload
                    + " alone (expected: a preset or a run file, with --profile " + workload + ")");
        }
        settings.requireNone(key -> true, "no settings of a run beside a profile alone");
        Planning planning =
                Planning.of(ProfileFile.read(Path.of(workload), USUAL_COPIES).profile());
        int count = ranks(planning.cuts().size());
        PlanTable table = searched(onRanks(planning, count), count, batch, limit, false);
        tell(planning, table, List.of());
        writeCosts(table.best().getFirst());
        return status();
    }

    private int ofNetwork(double limit) {
        Map<String, Object> more = new LinkedHashMap<>();
        LineOptions.put(more, "training.batch", batch);
        LineOptions.put(more, "data.text", text);
        Config config = settings.resolve(workload, more);
        PlannedNetwork network = PlannedNetwork.of(config);
        int count = ranks(network.starts().size());
        Optional<ProfileFile> known = profile(network, count);
        if (known.isEmpty()) {
            return interrupts.status();
        }
        Planning planning = onRanks(Planning.of(known.get(), network), count);
        PlanTable table = searched(planning, count, network.batch(), limit, config.hasPath("training.clip-norm"));
        List<Measured> measured = measured(planning, table, network);
        tell(planning, table, measured);
        Plan best = table.best().get(fastest(measured));
        writeCosts(best);
        if (file != null) {
            more.putAll(planning.settings(best));
            PictureFile.writeText(
                    file,
                    "# the best plan for " + workload + " on " + count + " ranks, by millrace plan\n"
                            + settings.runFile(workload, more));
        }
        return status();
    }

    private void writeCosts(Plan best) {
        if (costs != null) {
            PictureFile.writeText(costs, CostFile.write(best.orderedBy().orElse(best.costs())));
        }
    }

    private Planning onRanks(Planning planning, int count) {
        if (speeds.size() > count) {
            throw new IllegalArgumentException(
                    "--speeds: " + speeds + " (expected: at most " + count + ", one for each rank)");
        }
        return speeds.isEmpty() ? planning : planning.onRanks(speeds);
    }

    private int status() {
        return interrupts.isReceived() ? interrupts.status() : 0;
    }

    private Optional<ProfileFile> profile(PlannedNetwork network, int count) {
        if (profile != null) {
            return Optional.of(ProfileFile.read(profile, USUAL_COPIES));
        }
        return LayerProfiler.measure(
                network,
                network.usualSizes(),
                Math.min(count, Runtime.getRuntime().availableProcessors()),
                what -> output.say("measuring: " + what),
                interrupts::call);
    }

    /**
     * As many as are asked for, or as there are cores.
     *
     * @param most stages that the network can be cut into
     */
    private int ranks(int most) {
        int wanted = Optional.ofNullable(ranks)
                .orElse(Math.min(most, Runtime.getRuntime().availableProcessors()));
        Given.require("--ranks", wanted, wanted >= 1, "1 or more");
        int copies = replicas.stream()
                .filter(number -> wanted % number == 0)
                .mapToInt(Integer::intValue)
                .max()
                .orElseThrow(() -> new IllegalArgumentException(
                        "--replicas: " + replicas + " (expected: one or more that divide the " + wanted + " ranks)"));
        long stages = most * (long) copies;
        Given.require(
                "--ranks",
                wanted,
                wanted <= stages,
                "at most " + stages + ", the stages that the network can be cut into"
                        + (copies > 1 ? ", times the replicas" : ""));
        return wanted;
    }

    private Recomputing recomputing() {
        return switch (recomputeAt) {
            case "own" -> Recomputing.APART;
            case "backward" -> Recomputing.AT_BACKWARD;
            case "never" -> Recomputing.NEVER;
            default ->
                throw new IllegalArgumentException(
                        "--recompute-at: " + recomputeAt + " (expected: own, backward or never)");
        };
    }

    private boolean byLayer() {
        return switch (recomputeBy) {
            case "stage" -> false;
            case "layer" -> true;
            default ->
                throw new IllegalArgumentException("--recompute-by: " + recomputeBy + " (expected: stage or layer)");
        };
    }

    private PlanTable searched(Planning planning, int count, int samples, double limit, boolean synchronizedStep) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.round(1e3 * seconds));
        BooleanSupplier enough = () -> interrupts.isReceived() || System.nanoTime() - end > 0;
        PlanTable table = planning.search(
                new Wanted(count, replicas, samples, limit, schedules, recomputing(), byLayer(), synchronizedStep, top),
                enough);
        if (!table.best().isEmpty()) {
            return table;
        }
        if (Double.isInfinite(table.leastMemory())) {
            throw new IllegalArgumentException("plan: no schedule of "
                    + (schedules.isEmpty() ? "any name" : String.join(", ", schedules)) + " exists for " + count
                    + " ranks and a batch of " + samples + " (expected: one or more, with micro-batches of at least "
                    + planning.leastSamples() + " samples, the fewest that were measured); set other --schedules or"
                    + " --batch");
        }
        // whole bytes: what is told must be enough
        double least = Math.ceil(table.leastMemory());
        throw new IllegalArgumentException(String.format(
                Locale.ROOT,
                "--memory: %s (expected: %.0fB or more, which is %s, on each of %d ranks: the least that a plan was found"
                        + " for); set more --memory or --ranks",
                memory,
                least,
                MemorySize.text(least),
                count));
    }

    private List<Measured> measured(Planning planning, PlanTable table, PlannedNetwork network) {
        List<Map<String, Object>> plans =
                table.best().stream().limit(measure).map(planning::settings).toList();
        return plans.isEmpty() ? List.of() : PlanMeasurement.of(network, plans, output::say, interrupts::call);
    }

    private static int fastest(List<Measured> measured) {
        int best = 0;
        for (int i = 1; i < measured.size(); i++) {
            best = measured.get(i).seconds() < measured.get(best).seconds() ? i : best;
        }
        return best;
    }

    private void tell(Planning planning, PlanTable table, List<Measured> measured) {
        PrintWriter out = output.out();
        PlanReport report = new PlanReport(planning, table);
        if (output.json()) {
            for (int i = 0; i < table.best().size(); i++) {
                Optional<Measured> found = i < measured.size() ? Optional.of(measured.get(i)) : Optional.empty();
                out.println(report.line(i + 1, table.best().get(i), found));
            }
            out.println(report.end());
        } else {
            out.println(report.text(measured));
            if (measured.size() > 1) {
                out.println("fastest when measured: plan " + (fastest(measured) + 1));
            }
        }
        out.flush();
    }
}
