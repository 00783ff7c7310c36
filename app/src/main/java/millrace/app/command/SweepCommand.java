package millrace.app.command;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import millrace.app.config.Settings;
import millrace.app.output.Audience;
import millrace.app.output.json.JsonLine;
import millrace.app.picture.PictureFile;
import millrace.app.sweep.Axis;
import millrace.app.sweep.Halving;
import millrace.app.sweep.Objective;
import millrace.app.sweep.RepeatsReport;
import millrace.app.sweep.SearchSpace;
import millrace.app.sweep.Seeds;
import millrace.app.sweep.SettingsChart;
import millrace.app.sweep.SweepReport;
import millrace.app.sweep.Trial;
import millrace.app.sweep.Trial.Status;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sweep}: trains one network with many settings and says which are best. */
@Command(
        name = "sweep",
        description = {
            "Trains a network with many settings, one after the other, and compares the results.",
            "--grid names a setting and its values. Every combination is tried, or with --random N so many random ones;"
                    + " with --halving only the better ones are trained to the end."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace sweep --grid training.optimizer.lr=1e-4,1e-3,1e-2 --grid training.batch=32,64 --epochs 2",
            "  millrace sweep digits.conf --grid training.optimizer.lr=1e-4..1e-1 --random 20 --csv sweep.csv",
            "  millrace sweep cnn --grid training.optimizer.lr=1e-4..1e-1 --random 27 --halving --epochs 9",
            "  millrace sweep digits --grid training.optimizer.lr=0.001,0.01 --repeats 5 --chart rates.svg",
            "  millrace sweep --grid training.seed=1,2,3,4,5 --objective test-accuracy"
        })
public final class SweepCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..1",
            paramLabel = "PRESET|FILE",
            description = "a preset (millrace presets lists them) or a run file (default: mlp-mnist)")
    private String preset = "mlp-mnist";

    @Option(
            names = {"--grid", "--over"},
            paramLabel = "KEY=V1,V2|KEY=LOW..HIGH",
            description =
                    "a setting, any that -D takes, and its values: a list, or with --random a range, in which each order"
                            + " of magnitude is equally probable (whole numbers where both ends are); may be given for"
                            + " several settings")
    private List<String> axes = new ArrayList<>();

    @Option(
            names = "--random",
            paramLabel = "N",
            description =
                    "try N random combinations; the same --seed draws the same ones (default: try every combination)")
    private @Nullable Integer random;

    @Option(
            names = "--halving",
            description =
                    "successive halving: train all for --min-epochs epochs, then the best one in ETA for ETA times as"
                            + " many, and so on up to --epochs")
    private boolean halving;

    @Option(
            names = "--eta",
            paramLabel = "ETA",
            defaultValue = "3",
            description = "with --halving: one in how many goes on (default: 3)")
    private int eta;

    @Option(
            names = "--min-epochs",
            paramLabel = "E",
            defaultValue = "1",
            description = "with --halving: epochs that all are trained for (default: 1)")
    private int minEpochs;

    @Option(
            names = "--objective",
            paramLabel = "WHAT",
            description =
                    "what the results are compared by: validation-accuracy, validation-loss, test-accuracy, test-loss,"
                            + " training-loss (default: the accuracy, or the loss where there are no classes, on the validation set,"
                            + " or on the test set where there is no validation set)")
    private @Nullable String objective;

    @Option(
            names = "--csv",
            paramLabel = "FILE",
            description = "write a table of all results, anew after each training")
    private @Nullable Path csv;

    @Option(
            names = "--repeats",
            paramLabel = "N",
            defaultValue = "1",
            description = "train each combination with N seeds, from --seed on, and compare their means (default: 1)")
    private int repeats;

    @Option(
            names = "--chart",
            paramLabel = "FILE",
            description = "the objective over the values of the first key, with error bars of seeds (.svg, .png)")
    private @Nullable Path chart;

    @Mixin
    private RunOptions options = new RunOptions();

    @Mixin
    private UiOptions ui = new UiOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    private String name = "";
    private List<String> keys = List.of();
    private final List<Trial> trials = new ArrayList<>();

    @Override
    public Integer call() {
        Config base = options.resolve(preset);
        SearchSpace space = new SearchSpace(axes.stream().map(Axis::parse).toList());
        keys = repeats > 1
                ? Stream.concat(space.keys().stream(), Stream.of(Seeds.KEY)).toList()
                : space.keys();
        Halving rungs = halving ? halving(base) : Halving.NONE;
        if (csv != null) {
            PictureFile.requireText(csv);
        }
        if (chart != null) {
            PictureFile.requirePicture(chart);
        }
        long seed = new Settings(base).in("training").longInteger("seed");
        List<SequencedMap<String, String>> drawn = random == null ? space.grid() : space.random(random, seed);
        for (SequencedMap<String, String> settings : Seeds.repeated(drawn, repeats, seed)) {
            trials.add(Trial.waiting(trials.size() + 1, settings));
        }
        name = RunFolder.stamped(base.getString("name") + "-sweep");
        try (Interrupts interrupts = new Interrupts(output);
                LivePage page = LivePage.open(ui, output)) {
            TrialRuns runs = new TrialRuns(
                    base, name, objective == null ? null : Objective.named(objective), interrupts, output, page);
            // a misspelt key is known before anything is trained
            trials.forEach(runs::config);
            started(name, seed);
            train(runs, rungs.rungs(largestEpochs(runs)), rungs, interrupts);
            return ended(runs, interrupts);
        }
    }

    private Halving halving(Config base) {
        if (repeats > 1) {
            throw new IllegalArgumentException("--repeats: " + repeats
                    + " beside --halving (expected: one of them); of several seeds the luckier ones would go on");
        }
        for (String key : List.of("training.restore-best", "checkpoint.enabled")) {
            boolean needed = key.startsWith("checkpoint");
            if (base.getBoolean(key) != needed) {
                throw new IllegalArgumentException("--halving: " + key + " = " + !needed + " (expected: " + needed
                        + "); trials go on from their last checkpoint");
            }
        }
        return new Halving(eta, minEpochs);
    }

    private int largestEpochs(TrialRuns runs) {
        return trials.stream()
                .mapToInt(
                        trial -> new Settings(runs.config(trial)).in("training").integer("epochs"))
                .max()
                .orElseThrow();
    }

    private void started(String name, long seed) {
        if (output.json()) {
            output.out()
                    .println(JsonLine.event("sweep")
                            .put("sweep", name)
                            .put("trials", trials.size())
                            .put("keys", keys)
                            .put("seed", seed));
            output.out().flush();
        }
    }

    private void train(TrialRuns runs, List<Integer> rungs, Halving halving, Interrupts interrupts) {
        List<Integer> alive = new ArrayList<>(trials.stream().map(Trial::number).toList());
        for (int rung = 0; rung < rungs.size(); rung++) {
            for (int number : alive) {
                if (runs.isComplete(number)) {
                    continue;
                }
                Trial trained = runs.train(trials.get(number - 1), rungs.get(rung));
                trials.set(number - 1, trained);
                told(runs, trained);
                if (interrupts.isReceived() || trained.status() == Status.INTERRUPTED) {
                    return;
                }
            }
            if (rung + 1 < rungs.size()) {
                List<Integer> best = survivors(runs, halving, alive);
                alive.stream().filter(number -> !best.contains(number)).forEach(this::drop);
                write(runs);
                alive.retainAll(best);
            }
        }
    }

    /** The better ones of those that have come to the end of a rung. */
    private List<Integer> survivors(TrialRuns runs, Halving halving, List<Integer> alive) {
        List<Trial> done = alive.stream()
                .map(number -> trials.get(number - 1))
                .filter(trial -> trial.status() == Status.DONE)
                .toList();
        return report(runs).ranked(done).stream()
                .limit(halving.survivors(alive.size()))
                .map(Trial::number)
                .toList();
    }

    private void drop(int number) {
        if (trials.get(number - 1).status() == Status.DONE) {
            trials.set(number - 1, trials.get(number - 1).dropped());
        }
    }

    private SweepReport report(TrialRuns runs) {
        return new SweepReport(keys, runs.objective());
    }

    private void told(TrialRuns runs, Trial trained) {
        write(runs);
        SweepReport report = report(runs);
        if (output.json()) {
            output.out().println(report.json("trial", trained));
        } else if (output.audience() != Audience.QUIET) {
            output.out().println(report.line(trained, trials.size()));
        }
        output.out().flush();
    }

    private void write(TrialRuns runs) {
        if (csv != null) {
            PictureFile.writeText(csv, report(runs).csv(trials));
        }
        if (chart != null) {
            Path file = chart;
            SettingsChart.of(name, trials, report(runs)).ifPresent(picture -> PictureFile.write(file, picture));
        }
    }

    private int ended(TrialRuns runs, Interrupts interrupts) {
        SweepReport report = report(runs);
        RepeatsReport means = RepeatsReport.of(report);
        // with halving, those seeds have come to the end that were better
        boolean seeded = !halving && keys.contains(Seeds.KEY);
        Trial best = seeded
                ? report.ranked(means.ranked(trials).getFirst().trials()).getFirst()
                : report.ranked(trials).getFirst();
        boolean any = best.status() == Status.DONE;
        if (output.json()) {
            if (seeded) {
                means.ranked(trials).forEach(repeats -> output.out().println(means.json(repeats)));
            }
            if (any) {
                output.out()
                        .println(report.json("best", best)
                                .put("by", runs.objective().word()));
            }
        } else {
            output.out().println(report.table(trials));
            if (seeded) {
                output.out().println();
                output.out().println(means.table(trials));
            }
            if (any) {
                output.out().println(String.format(Locale.ROOT, "best: trial %d, %s", best.number(), best.run()));
            }
        }
        output.out().flush();
        if (interrupts.isReceived() || trials.stream().anyMatch(trial -> trial.status() == Status.INTERRUPTED)) {
            return interrupts.status();
        }
        if (trials.stream().allMatch(trial -> trial.status() == Status.REFUSED)) {
            throw new IllegalArgumentException(
                    "no trial could be trained; " + trials.getFirst().message());
        }
        return any ? 0 : ExitStatus.FAILED;
    }
}
