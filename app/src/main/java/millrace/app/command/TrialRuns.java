package millrace.app.command;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import millrace.actors.Runs;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.course.Diverged;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent.Finished;
import millrace.actors.event.TrainingEvent.Started;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.run.Run;
import millrace.app.config.OutputReader;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.app.output.OutputSettings;
import millrace.app.output.Outputs;
import millrace.app.sweep.Objective;
import millrace.app.sweep.Trial;
import millrace.app.sweep.Trial.Status;
import millrace.nn.infer.Evaluation;
import org.jspecify.annotations.Nullable;

/**
 * The trials of a sweep as runs, each as {@code train} makes it, in a folder {@code trial-N} of the sweep's. A trial that is
 * trained for more epochs goes on from its checkpoint.
 */
final class TrialRuns {
    private final Config base;
    private final String sweep;
    private final Interrupts interrupts;
    private final OutputOptions output;
    private final LivePage page;
    private final Set<String> warned = new HashSet<>();
    private final Map<Integer, RunFolder> folders = new HashMap<>();
    private final Set<Integer> complete = new HashSet<>();
    private @Nullable Objective objective;

    /**
     * @param base the settings that trials have in common
     * @param sweep its name, the folder of its trials
     * @param objective null: the usual one, as soon as the sets are known
     * @param page that shows them
     */
    TrialRuns(
            Config base,
            String sweep,
            @Nullable Objective objective,
            Interrupts interrupts,
            OutputOptions output,
            LivePage page) {
        this.page = page;
        this.output = output;
        this.base = base;
        this.sweep = sweep;
        this.objective = objective;
        this.interrupts = interrupts;
    }

    /** What trials are compared by; of a sweep that could not begin, the training's loss. */
    Objective objective() {
        return objective == null ? Objective.usual(Map.of()) : objective;
    }

    /**
     * The settings of a trial.
     *
     * @throws IllegalArgumentException on a key that there is not
     */
    Config config(Trial trial) {
        List<String> settings = trial.settings().entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue())
                .toList();
        Config config = RunFile.trial(base, settings);
        config = inside(config, "checkpoint.folder", sweep);
        // logs of two runs cannot lie in one folder
        return config.hasPath("logs.folder") ? inside(config, "logs.folder", name(trial)) : config;
    }

    private static Config inside(Config config, String key, String name) {
        Path folder = Path.of(config.getString(key)).resolve(name);
        return config.withValue(key, ConfigValueFactory.fromAnyRef(folder.toString()));
    }

    private static String name(Trial trial) {
        return String.format(Locale.ROOT, "trial-%03d", trial.number());
    }

    /** Whether a trial would not be trained any more, however many epochs it were given. */
    boolean isComplete(int number) {
        return complete.contains(number);
    }

    /**
     * Trains a trial, from where it is, until it has had so many epochs.
     *
     * @param epochs at most those of its settings
     * @return the trial as it has ended, also where it fails
     */
    Trial train(Trial trial, int epochs) {
        try {
            return trained(trial, epochs);
        } catch (Diverged e) {
            return trial.ended(Status.DIVERGED, message(e));
        } catch (IllegalArgumentException e) {
            return trial.ended(Status.REFUSED, message(e));
        } catch (RuntimeException e) {
            return trial.ended(Status.FAILED, message(e));
        }
    }

    private static String message(RuntimeException e) {
        return (e.getMessage() == null ? e.toString() : e.getMessage())
                .lines()
                .findFirst()
                .orElse("");
    }

    private Trial trained(Trial trial, int epochs) {
        RunSetup setup = RunSetup.of(config(trial));
        OutputSettings told = OutputReader.read(setup.config());
        RunFolder known = folders.get(trial.number());
        Start start = known == null
                ? Start.FRESH
                : CheckpointStore.loadLast(known.path().orElseThrow()).start();
        RunPlan whole = setup.plan(start);
        if (known == null) {
            // trials are much alike: what is to be known of all of them is told once
            output.warnAll(whole.warnings().stream().filter(warned::add).toList());
        }
        Objective wanted = agreed(whole);
        RunPlan plan = whole.upTo(new RunPlan.Limits(
                Math.min(epochs, whole.limits().epochs()), whole.limits().steps()));
        RunFolder folder = known == null ? RunFolder.create(setup.config(), name(trial)) : known;
        folders.put(trial.number(), folder);
        Started begin = new Started(folder.name(), plan, false);
        try (Outputs outputs = folder.outputs(begin, told, Optional.empty())) {
            LivePage.Shown shown =
                    page.show(title(trial, start), setup.config()).follow(outputs, told.logEvery());
            begin.tell(outputs);
            Run run = Runs.local(plan, outputs, folder.checkpointing());
            interrupts.call(run::interrupt);
            shown.watch(plan, run);
            shown.count(run);
            RunResult result = run.await();
            outputs.onEvent(new Finished(result));
            if (result.reason() == RunResult.Reason.STOPPED_EARLY
                    || plan.limits().equals(whole.limits())
                    || result.steps() == plan.limits().steps()) {
                complete.add(trial.number());
            }
            return result(trial, plan.limits().epochs(), folder, result, wanted);
        }
    }

    /** On the page a trial that goes on is one of its own. */
    private static String title(Trial trial, Start start) {
        return start.step() == 0 ? name(trial) : name(trial) + " from step " + start.step();
    }

    /** The first trial decides what all are compared by. */
    private Objective agreed(RunPlan plan) {
        Map<String, Boolean> classification = new HashMap<>();
        plan.data().evaluated().forEach((name, set) -> classification.put(name, set.isClassification()));
        Objective wanted = objective == null ? Objective.usual(classification) : objective;
        wanted.check(classification);
        objective = wanted;
        return wanted;
    }

    private static Trial result(Trial before, int epochs, RunFolder folder, RunResult result, Objective objective) {
        Map<String, Evaluation> evaluations = result.evaluations();
        double value = objective.value(result.loss(), evaluations);
        boolean interrupted = result.reason() == RunResult.Reason.INTERRUPTED;
        boolean diverged = !interrupted && !Double.isFinite(value);
        return new Trial(
                before.number(),
                before.settings(),
                interrupted ? Status.INTERRUPTED : diverged ? Status.DIVERGED : Status.DONE,
                epochs,
                result.steps(),
                result.loss(),
                evaluations,
                value,
                before.seconds() + result.seconds(),
                folder.path().map(Path::toString).orElse(folder.name()),
                diverged ? objective.word() + ": " + value + " (expected: a finite number)" : "");
    }
}
