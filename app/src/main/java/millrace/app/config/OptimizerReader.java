package millrace.app.config;

import millrace.nn.kernel.GradientShaping;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.LearningRate;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;

/** Optimizer, learning-rate schedule, penalties and clipping from a run file's {@code training} block. */
final class OptimizerReader {
    private OptimizerReader() {}

    // what the asynchronous Nesterov method is used with (arXiv 2505.01099, section 5)
    private static final double NESTEROV_BETA1 = 0.99;

    /**
     * @param stepsPerEpoch optimizer steps
     * @param nesterov whether the stages step by the asynchronous Nesterov method, which needs a longer memory
     */
    static UpdatePolicy read(Settings training, long stepsPerEpoch, boolean nesterov) {
        Settings schedule = training.in("lr-schedule");
        String per = schedule.text("per");
        if (!per.equals("epoch") && !per.equals("step")) {
            throw schedule.problem("per", per, "epoch or step");
        }
        return new UpdatePolicy(
                        optimizer(training.in("optimizer"), nesterov ? NESTEROV_BETA1 : 0.9),
                        schedule(schedule),
                        per.equals("epoch") ? stepsPerEpoch : 1,
                        new GradientShaping((float) training.number("l1"), (float) training.number("l2"), (float)
                                training.number("clip-value", Float.POSITIVE_INFINITY)))
                .with(guard(training));
    }

    private static GradientGuard guard(Settings training) {
        String found = training.text("non-finite-gradients");
        if (!found.equals("fail") && !found.equals("skip")) {
            throw training.problem("non-finite-gradients", found, "fail or skip");
        }
        return new GradientGuard(
                training.number("clip-norm-per-stage", Double.POSITIVE_INFINITY), found.equals("skip"));
    }

    private static Optimizer optimizer(Settings s, double beta1) {
        String name = s.text("name");
        double decay = s.number("weight-decay", name.equals("adamw") || name.equals("nadamw") ? 0.01 : 0);
        return switch (name) {
            case "sgd" -> new Optimizer.Sgd(s.number("lr", 1e-3), s.number("momentum"), s.flag("nesterov"), decay);
            case "adam", "adamw" ->
                new Optimizer.Adam(
                        s.number("lr", 1e-3),
                        s.number("beta1", beta1),
                        s.number("beta2"),
                        s.number("epsilon", 1e-8),
                        decay,
                        name.equals("adamw"));
            case "nadam", "nadamw" ->
                new Optimizer.NAdam(
                        s.number("lr", 2e-3),
                        s.number("beta1", beta1),
                        s.number("beta2"),
                        s.number("epsilon", 1e-8),
                        decay,
                        s.number("momentum-decay"),
                        name.equals("nadamw"));
            case "rmsprop" ->
                new Optimizer.RmsProp(
                        s.number("lr", 1e-2),
                        s.number("alpha"),
                        s.number("epsilon", 1e-8),
                        decay,
                        s.number("momentum"));
            case "adagrad" ->
                new Optimizer.Adagrad(s.number("lr", 1e-2), s.number("lr-decay"), s.number("epsilon", 1e-10), decay);
            default -> throw s.problem("name", name, "one of sgd, adam, adamw, nadam, nadamw, rmsprop, adagrad");
        };
    }

    private static LearningRate schedule(Settings s) {
        String name = s.text("name");
        LearningRate schedule = switch (name) {
            case "constant" -> new LearningRate.Constant();
            case "step" -> new LearningRate.Step(s.longInteger("every"), s.number("gamma"));
            case "exponential" -> new LearningRate.Exponential(s.number("gamma"));
            case "cosine" -> new LearningRate.Cosine(s.longInteger("length"), s.number("floor"));
            default -> throw s.problem("name", name, "one of constant, step, exponential, cosine");
        };
        long warmUp = s.longInteger("warm-up");
        return warmUp > 0 ? new LearningRate.WarmUp(warmUp, schedule) : schedule;
    }
}
