package millrace.app.report;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.actors.trace.Staleness;
import millrace.nn.infer.Evaluation;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.schedule.stream.StreamSpec;
import org.jspecify.annotations.Nullable;

/** Tells people, or scripts, how a run goes on. */
public final class RunReport implements TrainingListener {
    /** Who reads. */
    public enum Audience {
        /** A person at a terminal: a progress bar, then a line an epoch. */
        TERMINAL,
        /** A file or pipe: a line an epoch. */
        PLAIN,
        /** A script: one JSON object a line. */
        JSON,
        /** Nobody until the end. */
        QUIET
    }

    private final Audience audience;
    private final PrintWriter out;
    private final int logEvery;
    private double rateOfEpoch = Double.NaN;
    private @Nullable ProgressBar bar;

    /** @param logEvery steps that are told: every so many, 0 for none; the run may send events of more */
    public RunReport(Audience audience, PrintWriter out, int logEvery) {
        this.audience = audience;
        this.out = out;
        this.logEvery = logEvery;
    }

    /** The run begins. */
    public void started(String run, RunPlan plan, boolean sequential) {
        Model model = plan.spec().model();
        String schedule = sequential ? "sequential" : plan.schedule().name();
        if (audience == Audience.JSON) {
            print(JsonLine.event("start")
                    .put("run", run)
                    .put("model", model.name())
                    .put("parameters", model.parameterCount())
                    .put("stages", stages(plan))
                    .put("schedule", schedule)
                    .put("micro_batches", plan.spec().microBatches())
                    .put("batch", plan.spec().batch())
                    .put("seed", plan.spec().seed()));
        } else if (audience != Audience.QUIET) {
            print(String.format(
                    Locale.ROOT,
                    "%s: %,d parameters, %,d samples, batch %d in %d micro-batches, %s%s",
                    model.name(),
                    model.parameterCount(),
                    plan.data().train().size(),
                    plan.spec().batch(),
                    plan.spec().microBatches(),
                    schedule,
                    (sequential ? "" : " on " + ranks(plan))
                            + plan.stream().map(RunReport::stream).orElse("")));
            for (int stage = 0; stage < plan.partition().stages(); stage++) {
                Partition.Range range = plan.partition().range(stage);
                print(String.format(
                        Locale.ROOT,
                        "  stage %d: layers %d-%d (%s), %,d parameters%s",
                        stage,
                        range.from(),
                        range.to() - 1,
                        types(model, range),
                        model.parameterCount(range.from(), range.to()),
                        !sequential && plan.recomputes(stage) ? ", activations recomputed" : ""));
            }
        }
    }

    private static String stream(StreamSpec stream) {
        return String.format(
                Locale.ROOT,
                ", no flush, weights %s, a step every %d micro-batch%s%s",
                stream.policy().word(),
                stream.accumulate(),
                stream.accumulate() == 1 ? "" : "es",
                stream.isGreedy() ? "; the weights depend on timing" : "");
    }

    private static String ranks(RunPlan plan) {
        int ranks = plan.schedule().ranks();
        int replicas = plan.schedule().replicas().size();
        String chunks =
                plan.schedule().chunks() > 1 ? " with " + plan.schedule().chunks() + " stages each" : "";
        return (ranks == 1 ? "1 rank" : ranks + " ranks")
                + chunks
                + (replicas > 1 ? ", " + replicas + " replicas of the line" : "");
    }

    private static String types(Model model, Partition.Range range) {
        return String.join(
                ", ",
                model.layers().subList(range.from(), range.to()).stream()
                        .map(layer -> layer.type())
                        .toList());
    }

    private static List<JsonLine> stages(RunPlan plan) {
        List<JsonLine> stages = new ArrayList<>();
        for (int stage = 0; stage < plan.partition().stages(); stage++) {
            Partition.Range range = plan.partition().range(stage);
            List<Integer> layers = new ArrayList<>();
            for (int layer = range.from(); layer < range.to(); layer++) {
                layers.add(layer);
            }
            stages.add(new JsonLine()
                    .put("stage", stage)
                    .put("layers", layers)
                    .put("parameters", plan.spec().model().parameterCount(range.from(), range.to())));
        }
        return stages;
    }

    @Override
    public void onEvent(TrainingEvent event) {
        switch (event) {
            case TrainingEvent.StepDone step -> step(step);
            case TrainingEvent.EpochDone done -> epoch(done);
            case TrainingEvent.Evaluated(long step, var evaluations) -> evaluated(step, evaluations);
            case TrainingEvent.Progress progress -> progress(progress);
            case TrainingEvent.Placed placed -> placed(placed);
            case TrainingEvent.Recovering(String reason) -> recovering(reason);
            case TrainingEvent.Noticed(String text) -> noticed(text);
        }
    }

    private void step(TrainingEvent.StepDone done) {
        if (logEvery == 0 || done.step() % logEvery != 0) {
            return;
        }
        if (audience == Audience.JSON) {
            JsonLine line = JsonLine.event("step")
                    .put("step", done.step())
                    .put("loss", done.loss())
                    .put("lr", done.learningRate())
                    .put("samples_per_s", round(done.samplesPerSecond()));
            if (!done.gradientNorms().isEmpty()) {
                line.put("gradient_norm", norm(done.gradientNorms())).put("gradient_norms", done.gradientNorms());
            }
            print(line);
        } else if (audience == Audience.PLAIN) {
            String norms = done.gradientNorms().isEmpty()
                    ? ""
                    : String.format(Locale.ROOT, ", gradient norm %.4g, of the stages", norm(done.gradientNorms()))
                            + listed(done.gradientNorms());
            print(String.format(Locale.ROOT, "step %d: loss %.6f%s", done.step(), done.loss(), norms));
        }
    }

    /** Of the whole gradient; it differs from the one that is clipped by in the last digits at most. */
    private static double norm(List<Double> ofStages) {
        return Math.sqrt(ofStages.stream().mapToDouble(norm -> norm * norm).sum());
    }

    private static String listed(List<Double> norms) {
        return norms.stream()
                .map(norm -> String.format(Locale.ROOT, " %.4g", norm))
                .collect(Collectors.joining());
    }

    private void evaluated(long step, Map<String, Evaluation> evaluations) {
        if (audience == Audience.JSON) {
            JsonLine line = JsonLine.event("evaluation").put("step", step);
            putAll(line, evaluations);
            print(line);
        } else if (audience != Audience.QUIET) {
            closeBar();
            print("step " + step + words(evaluations));
        }
    }

    private void placed(TrainingEvent.Placed placed) {
        if (audience == Audience.JSON) {
            print(JsonLine.event("placed")
                    .put("run_epoch", placed.runEpoch())
                    .put("from_step", placed.fromStep())
                    .put(
                            "workers",
                            placed.workers().stream()
                                    .map(worker -> new JsonLine()
                                            .put("address", worker.address())
                                            .put("ranks", worker.ranks()))
                                    .toList())
                    .put("seconds", round(placed.seconds())));
        } else if (audience != Audience.QUIET) {
            closeBar();
            String workers = placed.workers().stream()
                    .map(worker ->
                            worker.address() + (worker.ranks().isEmpty() ? " spare" : " ranks " + worker.ranks()))
                    .collect(Collectors.joining(", "));
            print(String.format(
                    Locale.ROOT,
                    "run epoch %d, from step %,d%s: %s",
                    placed.runEpoch(),
                    placed.fromStep(),
                    placed.seconds() > 0 ? String.format(Locale.ROOT, ", %.1f s after", placed.seconds()) : "",
                    workers));
        }
    }

    private void recovering(String reason) {
        if (audience == Audience.JSON) {
            print(JsonLine.event("recovering").put("reason", reason));
        } else if (audience != Audience.QUIET) {
            closeBar();
            print(reason + "; going on from the last checkpoint");
        }
    }

    private void noticed(String text) {
        if (audience == Audience.JSON) {
            print(JsonLine.event("notice").put("message", text));
        } else if (audience != Audience.QUIET) {
            closeBar();
            print(text);
        }
    }

    private void progress(TrainingEvent.Progress progress) {
        if (audience != Audience.TERMINAL) {
            return;
        }
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName("epoch " + progress.epoch())
                    .setInitialMax(progress.stepsPerEpoch())
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(100)
                    .showSpeed()
                    .setUnit(" steps", 1)
                    .build();
        }
        bar.stepTo(progress.stepInEpoch());
        bar.setExtraMessage(String.format(Locale.ROOT, " loss %.4f", progress.loss()));
    }

    private void closeBar() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }

    private void epoch(TrainingEvent.EpochDone done) {
        closeBar();
        if (audience == Audience.JSON) {
            JsonLine line = JsonLine.event("epoch").put("epoch", done.epoch()).put("loss", done.loss());
            putAll(line, done.evaluations());
            line.put("samples_per_s", round(done.samplesPerSecond())).put("lr", done.learningRate());
            if (!done.gradientNorms().isEmpty()) {
                line.put("gradient_norms", means(done)).put("largest_gradient_norms", largest(done));
            }
            print(line);
        } else if (audience != Audience.QUIET) {
            print(String.format(
                    Locale.ROOT,
                    "epoch %d: loss %.4f%s, %,.0f samples/s%s",
                    done.epoch(),
                    done.loss(),
                    words(done.evaluations()),
                    done.samplesPerSecond(),
                    Double.isNaN(rateOfEpoch) || rateOfEpoch == done.learningRate()
                            ? ""
                            : String.format(Locale.ROOT, ", lr %.4g", done.learningRate())));
        }
        rateOfEpoch = done.learningRate();
        if (!done.gradientNorms().isEmpty() && (audience == Audience.TERMINAL || audience == Audience.PLAIN)) {
            print("  gradient norms of the stages: mean" + listed(means(done)) + ", largest" + listed(largest(done)));
        }
    }

    private static List<Double> means(TrainingEvent.EpochDone done) {
        return done.gradientNorms().stream()
                .map(TrainingEvent.NormFigures::mean)
                .toList();
    }

    private static List<Double> largest(TrainingEvent.EpochDone done) {
        return done.gradientNorms().stream()
                .map(TrainingEvent.NormFigures::largest)
                .toList();
    }

    /** The run is over. */
    public void done(RunResult result, String weightsSha256) {
        closeBar();
        if (audience == Audience.JSON) {
            JsonLine line = JsonLine.event("done").put("steps", result.steps()).put("loss", result.loss());
            putAll(line, result.evaluations());
            line.put("samples_per_s", round(result.samplesPerSecond()))
                    .put("wall_s", thousandths(result.seconds()))
                    .put("weights_sha256", weightsSha256);
            if (!result.pipeline().peakActivations().isEmpty()) {
                line.put("peak_activations", result.pipeline().peakActivations())
                        .put("peak_activation_bytes", result.pipeline().peakBytes());
            }
            if (!result.pipeline().busy().isEmpty()) {
                line.put(
                        "busy",
                        result.pipeline().busy().stream()
                                .map(RunReport::thousandths)
                                .toList());
            }
            if (result.pipeline().duplicates() > 0) {
                line.put("duplicates", result.pipeline().duplicates());
            }
            if (!result.pipeline().staleness().isEmpty()) {
                line.put(
                        "staleness",
                        result.pipeline().staleness().stream()
                                .map(RunReport::staleness)
                                .toList());
            }
            if (skipped(result) > 0) {
                line.put("skipped_steps", result.pipeline().skippedSteps());
            }
            if (result.stepOfWeights() != result.steps()) {
                line.put("restored_step", result.stepOfWeights());
            }
            if (result.reason() != RunResult.Reason.COMPLETED) {
                line.put(
                        "reason",
                        result.reason().name().toLowerCase(Locale.ROOT).replace('_', ' '));
            }
            print(line);
        } else {
            print(String.format(
                    Locale.ROOT,
                    "%s after %,d steps and %.1f s: loss %.4f%s",
                    switch (result.reason()) {
                        case COMPLETED -> "done";
                        case STOPPED_EARLY -> "stopped early, no improvement,";
                        case INTERRUPTED -> "interrupted";
                    },
                    result.steps(),
                    result.seconds(),
                    result.loss(),
                    words(result.evaluations())));
            for (Staleness stage : result.pipeline().staleness()) {
                print(String.format(
                        Locale.ROOT,
                        "  stage %d: gradients %.2f steps stale on average, %d at most; weight versions kept: %d",
                        stage.stage(),
                        stage.mean(),
                        stage.max(),
                        stage.mostVersions()));
            }
            if (result.stepOfWeights() != result.steps()) {
                print(String.format(
                        Locale.ROOT, "  the weights are those after step %,d, the best", result.stepOfWeights()));
            }
            if (skipped(result) > 0) {
                print("  steps left out because the stage's gradient was not finite, stage by stage: "
                        + result.pipeline().skippedSteps());
            }
        }
    }

    private static long skipped(RunResult result) {
        return result.pipeline().skippedSteps().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    private static JsonLine staleness(Staleness stage) {
        return new JsonLine()
                .put("stage", stage.stage())
                .put("max", stage.max())
                .put("mean", stage.mean())
                .put("histogram", stage.histogram())
                .put("backward_histogram", stage.backwards())
                .put("weight_versions", stage.mostVersions());
    }

    /** A line for people only. */
    public void say(String text) {
        if (audience == Audience.TERMINAL || audience == Audience.PLAIN) {
            closeBar();
            print(text);
        }
    }

    private static void putAll(JsonLine line, Map<String, Evaluation> evaluations) {
        evaluations.forEach((name, evaluation) -> {
            line.put(name + "_loss", evaluation.loss());
            if (evaluation.isClassification()) {
                line.put(name + "_accuracy", evaluation.accuracy());
            }
        });
    }

    private static String words(Map<String, Evaluation> evaluations) {
        StringBuilder text = new StringBuilder();
        evaluations.forEach((name, evaluation) -> {
            text.append(String.format(Locale.ROOT, ", %s loss %.4f", name, evaluation.loss()));
            if (evaluation.isClassification()) {
                text.append(String.format(Locale.ROOT, ", %s accuracy %.2f %%", name, 100 * evaluation.accuracy()));
            }
        });
        return text.toString();
    }

    private static double thousandths(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    private static double round(double value) {
        return Double.isFinite(value) ? Math.round(value * 10) / 10.0 : Double.NaN;
    }

    private void print(Object line) {
        out.println(line);
        out.flush();
    }
}
