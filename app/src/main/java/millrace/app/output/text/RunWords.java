package millrace.app.output.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.plan.RunPlan;
import millrace.actors.trace.Staleness;
import millrace.nn.infer.Evaluation;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.stage.Keep;
import millrace.schedule.stream.StreamSpec;

/** The sentences in which people are told of a run, a string a line. */
final class RunWords {
    private RunWords() {}

    static List<String> beginning(TrainingEvent.Started run) {
        RunPlan plan = run.plan();
        Model model = plan.spec().model();
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%s: %,d parameters, %,d samples, batch %d in %d micro-batches, %s",
                model.name(),
                model.parameterCount(),
                plan.data().train().size(),
                plan.spec().batch(),
                plan.spec().microBatches(),
                (run.sequential() ? "sequential" : plan.order().name() + " on " + ranks(plan))
                        + replicas(plan)
                        + plan.order().stream()
                                .map(stream -> stream(stream, replicaCount(plan)))
                                .orElse("")));
        for (int stage = 0; stage < plan.partition().stages(); stage++) {
            Partition.Range range = plan.partition().range(stage);
            lines.add(String.format(
                    Locale.ROOT,
                    "  stage %d: layers %d-%d (%s), %,d parameters%s",
                    stage,
                    range.from(),
                    range.to() - 1,
                    types(model, range),
                    model.parameterCount(range.from(), range.to()),
                    run.sequential() ? "" : recomputed(plan, stage)));
        }
        return lines;
    }

    private static String recomputed(RunPlan plan, int stage) {
        Keep keep = plan.keep(stage);
        if (keep.equals(Keep.ACTIVATIONS)) {
            return "";
        }
        return keep.nothing() ? ", activations recomputed" : ", activations of some layers recomputed";
    }

    private static String stream(StreamSpec stream, int replicas) {
        int accumulate = stream.accumulate() * replicas;
        return String.format(
                Locale.ROOT,
                ", no flush, weights %s, a step every %d micro-batch%s%s",
                stream.policy().word(),
                accumulate,
                accumulate == 1 ? "" : "es",
                stream.isGreedy() ? "; the weights depend on timing" : "");
    }

    private static String ranks(RunPlan plan) {
        int ranks = plan.order().ranks();
        String chunks = plan.order().placement().chunks() > 1
                ? " with " + plan.order().placement().chunks() + " stages each"
                : "";
        return (ranks == 1 ? "1 rank" : ranks + " ranks") + chunks;
    }

    private static String replicas(RunPlan plan) {
        return replicaCount(plan) > 1 ? ", " + replicaCount(plan) + " replicas of the line" : "";
    }

    private static int replicaCount(RunPlan plan) {
        return plan.order().placement().replicas().size();
    }

    private static String types(Model model, Partition.Range range) {
        return String.join(
                ", ",
                model.layers().subList(range.from(), range.to()).stream()
                        .map(layer -> layer.type())
                        .toList());
    }

    static String step(TrainingEvent.Step step) {
        String norms = step.gradientNorms().isEmpty()
                ? ""
                : String.format(Locale.ROOT, ", gradient norm %.4g, of the stages", step.gradientNorm())
                        + listed(step.gradientNorms());
        return String.format(Locale.ROOT, "step %d: loss %.6f%s", step.step(), step.loss(), norms);
    }

    private static String listed(List<Double> norms) {
        return norms.stream()
                .map(norm -> String.format(Locale.ROOT, " %.4g", norm))
                .collect(Collectors.joining());
    }

    /** @param tellRate whether its learning rate is another one than that of the epoch before */
    static List<String> epoch(TrainingEvent.EpochEnd end, boolean tellRate) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "epoch %d: loss %.4f%s, %,.0f samples/s%s",
                end.epoch(),
                end.loss(),
                evaluations(end.evaluations()),
                end.samplesPerSecond(),
                tellRate ? String.format(Locale.ROOT, ", lr %.4g", end.learningRate()) : ""));
        if (!end.gradientNorms().isEmpty()) {
            lines.add("  gradient norms of the stages: mean" + listed(end.meanNorms()) + ", largest"
                    + listed(end.largestNorms()));
        }
        return lines;
    }

    static String evaluation(TrainingEvent.EvaluationDone done) {
        return "step " + done.step() + evaluations(done.evaluations());
    }

    static String placement(TrainingEvent.Placed placed) {
        String workers = placed.workers().stream()
                .map(worker -> worker.address() + (worker.ranks().isEmpty() ? " spare" : " ranks " + worker.ranks()))
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "run epoch %d, from step %,d%s: %s",
                placed.runEpoch(),
                placed.fromStep(),
                placed.seconds() > 0 ? String.format(Locale.ROOT, ", %.1f s after", placed.seconds()) : "",
                workers);
    }

    static String recovery(TrainingEvent.Recovering recovering) {
        return recovering.reason() + "; going on from the last checkpoint";
    }

    static List<String> end(RunResult result) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
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
                evaluations(result.evaluations())));
        for (Staleness stage : result.pipeline().staleness()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "  stage %d: gradients %.2f steps stale on average, %d at most; weight versions kept: %d%s",
                    stage.stage(),
                    stage.mean(),
                    stage.max(),
                    stage.mostVersions(),
                    stage.evaluationVersions() > 0 ? ", and " + stage.evaluationVersions() + " for evaluations" : ""));
        }
        if (result.stepOfWeights() != result.steps()) {
            lines.add(String.format(
                    Locale.ROOT, "  the weights are those after step %,d, the best", result.stepOfWeights()));
        }
        if (result.pipeline().hasSkippedSteps()) {
            lines.add("  steps left out because the stage's gradient was not finite, stage by stage: "
                    + result.pipeline().skippedSteps());
        }
        return lines;
    }

    private static String evaluations(Map<String, Evaluation> evaluations) {
        StringBuilder text = new StringBuilder();
        evaluations.forEach((name, evaluation) -> {
            text.append(String.format(Locale.ROOT, ", %s loss %.4f", name, evaluation.loss()));
            if (evaluation.isClassification()) {
                text.append(String.format(Locale.ROOT, ", %s accuracy %.2f %%", name, 100 * evaluation.accuracy()));
            }
        });
        return text.toString();
    }
}
