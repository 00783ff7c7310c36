package millrace.app.study;

import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Stability;
import millrace.app.output.Audience;
import millrace.app.output.json.JsonLine;
import millrace.nn.curvature.Curvature;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;

/** Tells, before a run begins, how large a learning rate its delays leave. */
public final class StabilityReport {
    /** A bound of less than this share of the one without delay is worth a line. */
    private static final double MUCH_SMALLER = 0.25;

    private final Audience audience;
    private final PrintWriter out;
    private final PrintWriter err;

    /**
     * @param err for warnings, where standard output belongs to a script or nobody reads it
     */
    public StabilityReport(Audience audience, PrintWriter out, PrintWriter err) {
        this.audience = audience;
        this.out = out;
        this.err = err;
    }

    /** What is known without an estimate: how much smaller the delays make the bound. For people only. */
    public void bound(RunPlan plan) {
        Stability.of(plan)
                .filter(stability -> stability.limit() < MUCH_SMALLER * stability.limitWithoutDelay())
                .ifPresent(stability -> say(String.format(
                        Locale.ROOT,
                        "stability: with %s%s SGD stands lr * curvature below %.3g (without delay %.3g);"
                                + " --estimate-curvature measures the curvature",
                        stability.isCorrected() ? "uncorrected " : "",
                        conditions(stability, stability.mostDelay()),
                        stability.limit(),
                        stability.limitWithoutDelay())));
    }

    /** The estimate, and every stage's verdict. */
    public void estimated(RunPlan plan, Curvature curvature) {
        Optional<Stability> stability = Stability.of(plan);
        List<Stability.Stage> stages =
                stability.map(known -> known.stages(curvature.largest())).orElse(List.of());
        if (audience == Audience.JSON) {
            print(
                    out,
                    JsonLine.event("stability")
                            .put("curvature", curvature.largest())
                            .put("settled", curvature.settled())
                            .put(
                                    "stages",
                                    stages.stream().map(StabilityReport::line).toList()));
        }
        say(String.format(
                Locale.ROOT,
                "stability: curvature %.4g at the first weights, after %d products with the Hessian",
                curvature.largest(),
                curvature.iterations()));
        for (Stability.Stage stage : stages) {
            say(String.format(
                    Locale.ROOT,
                    "  stage %d: %s, lr * curvature %.3g, bound %.3g",
                    stage.stage(),
                    late(stage.delay()),
                    stage.product(),
                    stage.bound()));
        }
        doubts(plan, curvature, stability).forEach(this::warn);
        stability.ifPresent(known ->
                Stability.worst(stages).ifPresent(worst -> warn("warning: " + warning(plan, known, stages, worst))));
    }

    private static JsonLine line(Stability.Stage stage) {
        return new JsonLine()
                .put("stage", stage.stage())
                .put("delay", stage.delay())
                .put("lr_times_curvature", stage.product())
                .put("bound", stage.bound())
                .put("stable", stage.isStable());
    }

    /** Why the verdicts may not hold. */
    private static List<String> doubts(RunPlan plan, Curvature curvature, Optional<Stability> stability) {
        List<String> doubts = new ArrayList<>();
        if (!curvature.settled()) {
            doubts.add("stability: the estimate has not settled; the curvature may be larger");
        }
        if (curvature.largest() <= 0) {
            doubts.add(
                    "stability: the loss bends downwards in every direction; the curvature says nothing about lr yet");
        }
        if (stability.isEmpty()) {
            UpdatePolicy policy = plan.spec().policy();
            doubts.add("stability: the bound is that of SGD; what "
                    + policy.optimizer().name()
                    + (policy.groups().groups().isEmpty() ? "" : " with groups of parameters")
                    + " stands is not known");
        }
        if (stability.filter(Stability::isCorrected).isPresent()) {
            doubts.add(
                    "stability: the bound is that of uncorrected delay; weights predict and --correct t2 or dc make up"
                            + " for a part of it");
        }
        return doubts;
    }

    private static String warning(
            RunPlan plan, Stability stability, List<Stability.Stage> stages, Stability.Stage worst) {
        List<Integer> others = stages.stream()
                .filter(stage -> !stage.isStable() && !stage.equals(worst))
                .map(Stability.Stage::stage)
                .toList();
        return String.format(
                Locale.ROOT,
                "stage %d: lr * curvature %.3g (expected: below %.3g with %s)%s; take %s",
                worst.stage(),
                worst.product(),
                worst.bound(),
                conditions(stability, worst.delay()),
                others.isEmpty() ? "" : ", stages beyond their bounds too: " + others,
                String.join(", or ", remedies(plan, stability, worst)));
    }

    /** What would help this run. */
    private static List<String> remedies(RunPlan plan, Stability stability, Stability.Stage worst) {
        List<String> remedies = new ArrayList<>();
        BigDecimal rate = new BigDecimal(stability.largestRate(worst)).round(new MathContext(2, RoundingMode.DOWN));
        remedies.add("--lr of at most " + rate);
        if (worst.delay() > 1) {
            remedies.add("more --accumulate");
            if (plan.spec().policy().correction().rateSteps() == 0) {
                remedies.add("--correct t1=STEPS");
            }
        }
        Optional<StreamSpec> stream = plan.order().stream().filter(spec -> !spec.isGreedy());
        boolean ahead = stream.map(StreamSpec::policy)
                .filter(policy -> policy != WeightPolicy.PREDICT && policy != WeightPolicy.NESTEROV)
                .isPresent();
        if (ahead && worst.delay() > 0 && stability.momentum() > 0) {
            remedies.add("--weights predict or nesterov");
        }
        return remedies;
    }

    private static String conditions(Stability stability, long delay) {
        return late(delay) + (stability.momentum() > 0 ? " and momentum " + stability.momentum() : "");
    }

    private static String late(long steps) {
        return "gradients " + steps + (steps == 1 ? " step late" : " steps late");
    }

    private boolean toPeople() {
        return audience == Audience.TERMINAL || audience == Audience.PLAIN;
    }

    private void say(String text) {
        if (toPeople()) {
            print(out, text);
        }
    }

    private void warn(String text) {
        print(toPeople() ? out : err, text);
    }

    private static void print(PrintWriter where, Object line) {
        where.println(line);
        where.flush();
    }
}
