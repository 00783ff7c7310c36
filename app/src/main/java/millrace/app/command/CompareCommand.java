package millrace.app.command;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import millrace.actors.event.TrainingEvent.Finished;
import millrace.actors.event.TrainingEvent.Started;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.app.config.BenchSetup;
import millrace.app.config.CostFile;
import millrace.app.config.Settings;
import millrace.app.output.Audience;
import millrace.app.output.Outputs;
import millrace.app.output.json.JsonLine;
import millrace.app.picture.PictureFile;
import millrace.app.picture.TextTimeline;
import millrace.app.study.Comparison;
import millrace.app.study.ComparisonReport;
import millrace.app.study.RepeatedComparison;
import millrace.app.study.TracedRun;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compare}: a real run beside its simulation. */
@Command(
        name = "compare",
        description = {
            "Trains, measures how long each action takes, simulates the same schedule with these times, and shows both.",
            "Options may have lists, as in --schedule gpipe,1f1b: every combination is compared."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace compare mlp-deep --schedule 1f1b --ranks 2 --micro-batches 8 --out compare.png",
            "  millrace compare mlp-deep --schedule gpipe,1f1b,zb-h1 --ranks 2 --micro-batches 4,8 --chart sweep.png",
            "  millrace compare mlp-deep --schedule gpipe,1f1b --ranks 2 --micro-batches 4,8 --repeats 5 --chart sweep.png"
        })
public final class CompareCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "PRESET|FILE",
            description = "whose network is trained, on random samples instead of its data")
    private String workload = "";

    @Mixin
    private RunOptions options = new RunOptions();

    @Mixin
    private UiOptions ui = new UiOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(
            names = "--warmup",
            paramLabel = "W",
            defaultValue = "10",
            description = "steps that are made before the measurement begins (default: 10)")
    private int warmup;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description =
                    "both timelines, the measured one above: a picture (.svg, .png) or a trace for Perfetto (.json)")
    private @Nullable Path file;

    @Option(
            names = "--save-costs",
            paramLabel = "FILE",
            description = "write the measured times, in seconds, for the option --cost of simulate, schedule and train")
    private @Nullable Path costs;

    @Option(
            names = "--chart",
            paramLabel = "FILE",
            description = "a chart of samples/s by number of micro-batches (.svg, .png)")
    private @Nullable Path chart;

    @Option(
            names = "--repeats",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "run each combination so often, in turns, and tell means and standard deviations (default: 1)")
    private int repeats;

    private final Interrupts interrupts = new Interrupts(output);

    @Override
    public Integer call() {
        Config asked = options.resolve(workload);
        List<Config> all = combinations(asked);
        checkOptions(all.size());
        try (interrupts;
                LivePage page = LivePage.open(ui, output)) {
            interrupts.listen();
            return compare(all, page);
        }
    }

    private int compare(List<Config> all, LivePage page) {
        PrintWriter out = output.out();
        Map<Config, List<Comparison>> measured = new LinkedHashMap<>();
        Set<Config> refused = new HashSet<>();
        // in turns, so that what changes about the machine meanwhile is in the spreads and not between the combinations
        for (int repeat = 1; repeat <= repeats; repeat++) {
            for (Config config : all) {
                if (interrupts.isReceived()) {
                    break;
                }
                if (refused.contains(config)) {
                    continue;
                }
                try {
                    int number = repeat;
                    compared(config, number, page).ifPresent(comparison -> {
                        measured.computeIfAbsent(config, _ -> new ArrayList<>()).add(comparison);
                        told(comparison, number);
                    });
                } catch (IllegalArgumentException e) {
                    if (all.size() == 1) {
                        throw e;
                    }
                    refused.add(config);
                    problem(out, e);
                }
            }
        }
        List<RepeatedComparison> done =
                measured.values().stream().map(RepeatedComparison::new).toList();
        if (!done.isEmpty()) {
            tell(out, done);
        }
        write(done);
        out.flush();
        if (interrupts.isReceived()) {
            return interrupts.status();
        }
        return done.isEmpty() ? ExitStatus.BAD_INPUT : 0;
    }

    private void told(Comparison comparison, int repeat) {
        if (output.json()) {
            JsonLine line = ComparisonReport.line(comparison);
            output.out().println(repeats > 1 ? line.put("repeat", repeat) : line);
            output.out().flush();
        }
    }

    private void checkOptions(int combinations) {
        if (warmup < 1) {
            throw new IllegalArgumentException("--warmup: " + warmup + " (expected: 1 or more)");
        }
        if (repeats < 1) {
            throw new IllegalArgumentException("--repeats: " + repeats + " (expected: 1 or more)");
        }
        if (combinations > 1 && (file != null || costs != null)) {
            throw new IllegalArgumentException((file != null ? "--out: " : "--save-costs: ") + combinations
                    + " runs (expected: one; --chart draws several)");
        }
        if (file != null) {
            PictureFile.requireTimelines(file);
        }
        if (costs != null) {
            PictureFile.requireText(costs);
        }
        if (chart != null) {
            PictureFile.requirePicture(chart);
        }
    }

    private void problem(PrintWriter out, IllegalArgumentException e) {
        if (output.json()) {
            out.println(JsonLine.event("error").put("message", e.getMessage()));
        } else {
            output.err().println("error: " + e.getMessage());
            output.err().flush();
        }
    }

    /** Every combination of the comma lists under schedule, ranks, chunks and micro-batches. */
    private static List<Config> combinations(Config asked) {
        List<Config> all = List.of(asked);
        for (String key : List.of("schedule", "ranks", "chunks", "micro-batches")) {
            String path = "pipeline." + key;
            if (asked.hasPath(path) && asked.getString(path).contains(",")) {
                List<Config> more = new ArrayList<>();
                for (Config config : all) {
                    for (String value : asked.getString(path).split(",")) {
                        more.add(config.withValue(path, ConfigValueFactory.fromAnyRef(value.strip())));
                    }
                }
                all = more;
            }
        }
        return all;
    }

    /** Empty when it is interrupted. */
    private Optional<Comparison> compared(Config config, int repeat, LivePage page) {
        long steps = new Settings(config).in("training").longInteger("steps");
        long measured = steps > 0 ? steps : 20;
        RunPlan plan = BenchSetup.of(config, warmup + measured).plan(Start.FRESH);
        LivePage.Shown shown = page.show(title(plan, repeat), config);
        try (Outputs outputs = shown.outputs()) {
            new Started(title(plan, repeat), plan, false).tell(outputs);
            return TracedRun.of(plan, warmup, measured, outputs, run -> {
                        interrupts.call(run::interrupt);
                        shown.watch(plan, run);
                        shown.count(run);
                    })
                    .map(result -> {
                        outputs.onEvent(new Finished(result));
                        return Comparison.of(plan, result);
                    });
        }
    }

    private String title(RunPlan plan, int repeat) {
        String line = plan.order().name() + ", " + plan.order().ranks() + " ranks, "
                + plan.spec().microBatches() + " micro-batches";
        int chunks = plan.order().placement().chunks();
        String whole = chunks > 1 ? line + ", " + chunks + " chunks" : line;
        return repeats > 1 ? whole + ", " + repeat : whole;
    }

    private void tell(PrintWriter out, List<RepeatedComparison> done) {
        if (output.json()) {
            if (repeats > 1) {
                done.forEach(repeated -> out.println(ComparisonReport.mean(repeated)));
            }
            return;
        }
        out.println(ComparisonReport.table(done));
        if (done.size() == 1) {
            boolean colours = output.audience() == Audience.TERMINAL;
            Comparison only = done.getFirst().median();
            out.println();
            out.println(TextTimeline.of(only.measuredTimeline(), TextTimeline.WIDTH, colours));
            out.println(TextTimeline.of(only.simulatedTimeline(), TextTimeline.WIDTH, colours));
        }
    }

    private void write(List<RepeatedComparison> done) {
        if (done.isEmpty()) {
            return;
        }
        Comparison one = done.getFirst().median();
        if (file != null) {
            PictureFile.writeTimelines(file, List.of(one.measuredTimeline(), one.simulatedTimeline()));
        }
        if (costs != null) {
            PictureFile.writeText(costs, CostFile.write(one.costs()));
        }
        if (chart != null) {
            PictureFile.write(chart, ComparisonReport.chart(done));
        }
    }
}
