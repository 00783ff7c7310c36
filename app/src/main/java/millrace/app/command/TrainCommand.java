package millrace.app.command;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import millrace.actors.Runs;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.checkpoint.ResumePoint;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent.Finished;
import millrace.actors.event.TrainingEvent.Started;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.run.ReferenceRun;
import millrace.actors.run.Run;
import millrace.actors.trace.RunTimeline;
import millrace.actors.trace.TraceWindow;
import millrace.app.command.ClusterCommand.Ordered;
import millrace.app.command.ClusterOptions.Where;
import millrace.app.config.OutputReader;
import millrace.app.config.RunSetup;
import millrace.app.output.OutputSettings;
import millrace.app.output.Outputs;
import millrace.app.picture.PictureFile;
import millrace.app.study.StabilityReport;
import millrace.nn.curvature.Curvature;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code train}: trains a preset or a run file as a line of actors. */
@Command(
        name = "train",
        description =
                "Trains a network as a line of actors, each of which holds one or more stages (parts) of the network.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace train                                 MNIST, the two layers with weights on two actors",
            "  millrace train mlp-deep --stages 2 --schedule gpipe --micro-batches 8",
            "  millrace train mlp-deep --schedule zb-v --ranks 2 --micro-batches 8 --steps 30 --trace zb-v.json",
            "  millrace train run.conf -D training.optimizer.lr=3e-4 --json",
            "  millrace train --logs tensorboard,csv          then: tensorboard --logdir runs",
            "  millrace train gpt-tiny --ui                   watched on a page, http://127.0.0.1:8090/",
            "  millrace train --resume runs/mlp-mnist-20261122-101500 --epochs 10",
            "  millrace train gpt-tiny --plan auto            cut and scheduled as is best for this machine",
            "  millrace train mlp-deep --processes 3          the same weights, in three processes",
            "  millrace train mlp-deep --simulate-cluster 4 --chaos kill-worker=1@step100",
            "  millrace train mlp-deep --cluster 127.0.0.1:25520",
            "",
            "On a cluster it submits the run as a job and follows it. The first Ctrl-C ends the run, with a checkpoint; when this",
            "command is killed the run goes on, and millrace attach RUN follows it again."
        })
public final class TrainCommand implements Callable<Integer> {
    private static final int TRACED_STEPS = 20;

    @Mixin
    private RunSource source = new RunSource();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    @Mixin
    private JobOptions job = new JobOptions();

    @Mixin
    private LogOptions logOptions = new LogOptions();

    @Mixin
    private UiOptions ui = new UiOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(
            names = "--sequential",
            description =
                    "train without actors, one layer after the other: the reference, whose weights every schedule must equal")
    private boolean sequential;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description = "record what each rank does in the first " + TRACED_STEPS
                    + " steps: a trace for Perfetto (.json) or a picture (.svg, .png)")
    private @Nullable Path trace;

    @Option(
            names = "--plan",
            paramLabel = "auto|FILE.conf",
            description =
                    "train by a plan: one that millrace plan --out has written, or (auto) the best one for this machine, for which the"
                            + " network is measured first")
    private @Nullable String plan;

    @Option(
            names = "--estimate-curvature",
            description =
                    "measure before training how sharply the loss bends at the first weights and say, for sgd, whether"
                            + " the learning rate is small enough for each stage")
    private boolean estimateCurvature;

    private final Interrupts interrupts = new Interrupts(output);

    @Override
    public Integer call() {
        Map<String, Object> more = new LinkedHashMap<>(cluster.settings());
        more.putAll(logOptions.settings());
        if (!(cluster.where() instanceof Where.Running)) {
            job.requireNone();
        }
        String byPlan = plan;
        if (byPlan != null) {
            source.requireNone(key -> PlannedLine.contradicts(byPlan, key), "--plan: " + byPlan);
        }
        Config config = source.resolve(more, cluster.where(), output);
        if (byPlan != null) {
            Optional<Map<String, Object>> line = new PlannedLine(output, interrupts).of(byPlan, config);
            if (line.isEmpty()) {
                return interrupts.status();
            }
            more.putAll(line.get());
            config = source.resolve(more, cluster.where(), output);
        }
        return cluster.where() instanceof Where.Here || sequential ? here(config) : onCluster(config);
    }

    private int here(Config config) {
        RunSetup setup = RunSetup.of(config);
        OutputSettings told = OutputReader.read(setup.config());
        Optional<ResumePoint> from = source.resumePoint(setup.config());
        RunPlan plan = traced(setup.plan(source.start(from, setup.model(), output)));
        if (sequential) {
            ReferenceRun.requireFor(plan);
        }
        RunFolder folder = RunFolder.create(setup.config());
        from.ifPresent(point -> folder.takeOver(point, setup.model()));
        Started begin = new Started(folder.name(), plan, sequential);
        try (LivePage page = LivePage.open(ui, output);
                Outputs outputs = folder.outputs(begin, told, Optional.of(output.standard()))) {
            LivePage.Shown shown = page.show(folder.name(), setup.config()).follow(outputs, told.logEvery());
            interrupts.listen();
            begin.tell(outputs);
            reportStability(plan);
            RunResult result = run(plan, outputs, shown, folder.checkpointing());
            outputs.onEvent(new Finished(result));
            if (trace != null) {
                PictureFile.writeTimelines(
                        trace,
                        List.of(RunTimeline.of(
                                plan.order().name() + ", measured",
                                result.pipeline().traces(),
                                plan.trace())));
            }
            if (config.getString("data.set").equals("linear") && setup.model().parameterCount() == 2) {
                outputs.say(learnedLine(config, result));
            }
            return ended(folder, outputs, result);
        } finally {
            interrupts.close();
        }
    }

    private int ended(RunFolder folder, Outputs outputs, RunResult result) {
        folder.path().ifPresent(path -> outputs.say("checkpoints: " + path));
        if (outputs.lost().isPresent()) {
            throw outputs.lost()
                    .get()
                    .because("the run has ended after " + result.steps() + " steps"
                            + folder.path()
                                    .map(path -> ", checkpoints: " + path)
                                    .orElse(""));
        }
        return interrupts.isReceived() || result.reason() == RunResult.Reason.INTERRUPTED ? interrupts.status() : 0;
    }

    private int onCluster(Config asked) {
        if (trace != null) {
            throw new IllegalArgumentException("--trace: " + trace
                    + " on a cluster (expected: a run in one process, clocks of different nodes have nothing"
                    + " in common)");
        }
        OutputSettings told = OutputReader.read(asked);
        try (ClusterCommand command = ClusterCommand.join(cluster.where())) {
            Ordered run = command.order(asked, source, job, told, output);
            RunFolder folder = run.folder();
            Started begin = new Started(folder.name(), run.plan(), false);
            try (LivePage page = LivePage.open(ui, output, Optional.of(command.view()), () -> true);
                    Outputs outputs = folder.outputs(begin, told, Optional.of(output.standard()))) {
                LivePage.Shown shown = page.show(folder.name(), asked).follow(outputs, told.logEvery());
                interrupts.listen();
                begin.tell(outputs);
                reportStability(run.plan());
                RunResult result = command.train(run, outputs, output, training -> {
                    whenUnwanted(outputs, training::interrupt);
                    shown.watch(run.plan(), training);
                });
                outputs.onEvent(new Finished(result));
                return ended(folder, outputs, result);
            }
        } finally {
            interrupts.close();
        }
    }

    private RunPlan traced(RunPlan plan) {
        if (trace == null) {
            return plan;
        }
        if (sequential) {
            throw new IllegalArgumentException("--trace: " + trace + " with --sequential (expected: a pipeline)");
        }
        PictureFile.requireTimelines(trace);
        long first = plan.start().step();
        return plan.traced(new TraceWindow(first, first + TRACED_STEPS));
    }

    private void reportStability(RunPlan plan) {
        StabilityReport report = new StabilityReport(output.audience(), output.out(), output.err());
        if (estimateCurvature) {
            Start start = plan.start();
            report.estimated(
                    plan,
                    Curvature.of(
                            plan.spec(), plan.data().train(), start.tensors(), start.step(), Curvature.ITERATIONS));
        } else {
            report.bound(plan);
        }
    }

    /** A run whose user has gone, or whose output nobody gets, is saved and ends. */
    private void whenUnwanted(Outputs outputs, Runnable stop) {
        interrupts.call(stop);
        outputs.whenLost(stop);
    }

    private RunResult run(RunPlan plan, Outputs outputs, LivePage.Shown shown, Optional<Checkpointing> checkpointing) {
        Run run = sequential ? Runs.reference(plan, outputs, checkpointing) : Runs.local(plan, outputs, checkpointing);
        whenUnwanted(outputs, run::interrupt);
        shown.watch(plan, run);
        shown.count(run);
        return run.await();
    }

    private static String learnedLine(Config config, RunResult result) {
        return String.format(
                Locale.ROOT,
                "learned: weight %.4f, bias %.4f; true: weight %.4f, bias %.4f",
                result.finalState().weights().get(0).tensor().getFloat(0),
                result.finalState().weights().get(1).tensor().getFloat(0),
                config.getDouble("data.linear.slope"),
                config.getDouble("data.linear.intercept"));
    }
}
