package millrace.app.output.json;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.plan.RunPlan;
import millrace.actors.trace.Staleness;
import millrace.app.output.OutputFormat;
import millrace.app.output.RunOutput;
import millrace.app.output.StepSelection;
import millrace.nn.infer.Evaluation;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;

/** Tells a script, one JSON object a line: on standard output, or in {@code log.jsonl}, where a run that goes on adds to it. */
public final class JsonOutput implements RunOutput {
    private static final String LOG = "log.jsonl";

    private final Writer out;
    private final boolean closes;
    private final StepSelection steps;

    private JsonOutput(Writer out, boolean closes, int every) {
        this.out = out;
        this.closes = closes;
        this.steps = new StepSelection(every);
    }

    /** For a run that was begun elsewhere. */
    public static RunOutput following(Writer out) {
        return new JsonOutput(out, false, 0);
    }

    /**
     * The same lines for somebody else.
     *
     * @param every steps to tell: every so many, 0 for none
     */
    public static RunOutput into(Writer out, int every) {
        return new JsonOutput(out, false, every);
    }

    /** What {@code --json} asks for. */
    public static final class ForScript implements OutputFormat {
        @Override
        public String name() {
            return "json";
        }

        @Override
        public boolean isLog() {
            return false;
        }

        @Override
        public RunOutput open(Target target) {
            return new JsonOutput(target.out(), false, target.every());
        }
    }

    /** A file of the log folder. */
    public static final class ForFile implements OutputFormat {
        @Override
        public String name() {
            return "jsonl";
        }

        @Override
        public boolean isLog() {
            return true;
        }

        @Override
        public boolean owns(String file) {
            return file.equals(LOG);
        }

        @Override
        public RunOutput open(Target target) throws IOException {
            Path file = target.folder().resolve(LOG);
            Writer out = Files.newBufferedWriter(
                    file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            return new JsonOutput(out, true, target.every());
        }
    }

    @Override
    public void on(TrainingEvent event) throws IOException {
        Optional<JsonLine> line = switch (event) {
            case TrainingEvent.Started run -> Optional.of(beginning(run));
            case TrainingEvent.Step step -> steps.select(step).map(JsonOutput::step);
            case TrainingEvent.EpochEnd end -> Optional.of(epoch(end));
            case TrainingEvent.EvaluationDone(long step, var evaluations) ->
                Optional.of(with(evaluations, JsonLine.event("evaluation").put("step", step)));
            case TrainingEvent.Placed placed -> Optional.of(placement(placed));
            case TrainingEvent.Recovering(String reason) ->
                Optional.of(JsonLine.event("recovering").put("reason", reason));
            case TrainingEvent.Noticed(String text) ->
                Optional.of(JsonLine.event("notice").put("message", text));
            case TrainingEvent.Finished(RunResult result) -> Optional.of(end(result));
            default -> Optional.empty();
        };
        if (line.isPresent()) {
            out.write(line.get() + System.lineSeparator());
            out.flush();
        }
    }

    private static JsonLine beginning(TrainingEvent.Started run) {
        RunPlan plan = run.plan();
        Model model = plan.spec().model();
        return JsonLine.event("start")
                .put("run", run.run())
                .put("model", model.name())
                .put("parameters", model.parameterCount())
                .put("stages", stages(plan))
                .put("schedule", run.sequential() ? "sequential" : plan.order().name())
                .put("micro_batches", plan.spec().microBatches())
                .put("batch", plan.spec().batch())
                .put("last_step", plan.lastStep())
                .put("seed", plan.spec().seed());
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

    private static JsonLine step(StepSelection.Selected selected) {
        TrainingEvent.Step step = selected.step();
        JsonLine line = JsonLine.event("step")
                .put("step", step.step())
                .put("loss", step.loss())
                .put("lr", step.learningRate())
                .put("samples_per_s", tenths(selected.samplesPerSecond()));
        if (!step.gradientNorms().isEmpty()) {
            line.put("gradient_norm", step.gradientNorm()).put("gradient_norms", step.gradientNorms());
        }
        return line;
    }

    private static JsonLine epoch(TrainingEvent.EpochEnd end) {
        JsonLine line = JsonLine.event("epoch").put("epoch", end.epoch()).put("loss", end.loss());
        with(end.evaluations(), line)
                .put("samples_per_s", tenths(end.samplesPerSecond()))
                .put("lr", end.learningRate());
        if (!end.gradientNorms().isEmpty()) {
            line.put("gradient_norms", end.meanNorms()).put("largest_gradient_norms", end.largestNorms());
        }
        return line;
    }

    private static JsonLine placement(TrainingEvent.Placed placed) {
        return JsonLine.event("placed")
                .put("run_epoch", placed.runEpoch())
                .put("from_step", placed.fromStep())
                .put(
                        "workers",
                        placed.workers().stream()
                                .map(worker -> new JsonLine()
                                        .put("address", worker.address())
                                        .put("ranks", worker.ranks()))
                                .toList())
                .put("seconds", tenths(placed.seconds()));
    }

    private static JsonLine end(RunResult result) {
        JsonLine line = JsonLine.event("done").put("steps", result.steps()).put("loss", result.loss());
        with(result.evaluations(), line)
                .put("samples_per_s", tenths(result.samplesPerSecond()))
                .put("wall_s", thousandths(result.seconds()))
                .put("weights_sha256", result.weightsSha256());
        if (!result.pipeline().peakActivations().isEmpty()) {
            line.put("peak_activations", result.pipeline().peakActivations())
                    .put("peak_activation_bytes", result.pipeline().peakBytes())
                    .put("gathered_bytes", result.pipeline().gatheredBytes())
                    .put("allocated_bytes", result.pipeline().allocatedBytes());
        }
        if (!result.pipeline().busy().isEmpty()) {
            line.put(
                    "busy",
                    result.pipeline().busy().stream()
                            .map(JsonOutput::thousandths)
                            .toList());
        }
        if (result.pipeline().duplicates() > 0) {
            line.put("duplicates", result.pipeline().duplicates());
        }
        if (!result.pipeline().staleness().isEmpty()) {
            line.put(
                    "staleness",
                    result.pipeline().staleness().stream()
                            .map(JsonOutput::staleness)
                            .toList());
        }
        if (result.pipeline().hasSkippedSteps()) {
            line.put("skipped_steps", result.pipeline().skippedSteps());
        }
        if (result.stepOfWeights() != result.steps()) {
            line.put("restored_step", result.stepOfWeights());
        }
        if (result.reason() != RunResult.Reason.COMPLETED) {
            line.put("reason", result.reason().name().toLowerCase(Locale.ROOT).replace('_', ' '));
        }
        return line;
    }

    private static JsonLine staleness(Staleness stage) {
        return new JsonLine()
                .put("stage", stage.stage())
                .put("max", stage.max())
                .put("mean", stage.mean())
                .put("histogram", stage.histogram())
                .put("backward_histogram", stage.backwards())
                .put("weight_versions", stage.mostVersions())
                .put("evaluation_versions", stage.evaluationVersions());
    }

    private static JsonLine with(Map<String, Evaluation> evaluations, JsonLine line) {
        evaluations.forEach((name, evaluation) -> {
            line.put(name + "_loss", evaluation.loss());
            if (evaluation.isClassification()) {
                line.put(name + "_accuracy", evaluation.accuracy());
            }
        });
        return line;
    }

    private static double thousandths(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    private static double tenths(double value) {
        return Double.isFinite(value) ? Math.round(value * 10) / 10.0 : Double.NaN;
    }

    @Override
    public void close() throws IOException {
        if (closes) {
            out.close();
        }
    }
}
