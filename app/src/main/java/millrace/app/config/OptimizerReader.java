package millrace.app.config;

import java.util.Optional;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.optimizer.Adagrad;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.LearningRate;
import millrace.nn.optimizer.OneCycle;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.Plateau;
import millrace.nn.optimizer.UpdatePolicy;

/** Optimizer, learning-rate schedule, penalties and clipping from a run file's {@code training} block. */
final class OptimizerReader {
    private OptimizerReader() {}

    // what the asynchronous Nesterov method is used with (arXiv 2505.01099, section 5)
    private static final double NESTEROV_BETA1 = 0.99;

    /**
     * How many optimizer steps there are.
     *
     * @param perEpoch in an epoch
     * @param all in the run, unless it ends early
     */
    record Steps(long perEpoch, long all) {}

    /**
     * @param steps optimizer steps
     * @param nesterov whether the stages step by the asynchronous Nesterov method, which needs a longer memory
     */
    static UpdatePolicy read(Settings training, Steps steps, boolean nesterov) {
        Settings schedule = training.in("lr-schedule");
        String per = schedule.text("per");
        if (!per.equals("epoch") && !per.equals("step")) {
            throw schedule.problem("per", per, "epoch or step");
        }
        boolean cycle = schedule.text("name").equals("one-cycle");
        // a cycle counts steps, whatever its length is given in
        long unit = per.equals("epoch") ? steps.perEpoch() : 1;
        UpdatePolicy policy = new UpdatePolicy(
                        optimizer(training.in("optimizer"), nesterov ? NESTEROV_BETA1 : 0.9),
                        cycle ? cycle(schedule, unit, steps.all()) : schedule(schedule, length(schedule, unit, steps)),
                        cycle ? 1 : unit,
                        new GradientShaping((float) training.number("l1"), (float) training.number("l2"), (float)
                                training.number("clip-value", Float.POSITIVE_INFINITY)))
                .with(guard(training));
        if (cycle && nesterov && policy.schedule().momentum(0).isPresent()) {
            throw schedule.problem(
                    "one-cycle.cycle-momentum",
                    true,
                    "false with weights nesterov, which have a momentum of their own");
        }
        return policy.with(GroupsReader.read(training.in("optimizer")));
    }

    /** When the learning rate falls; empty for other schedules. */
    static Optional<Plateau> plateau(Settings training) {
        Settings schedule = training.in("lr-schedule");
        if (!schedule.text("name").equals("plateau")) {
            return Optional.empty();
        }
        Settings plateau = schedule.in("plateau");
        String mode = plateau.text("threshold-mode");
        if (!mode.equals("rel") && !mode.equals("abs")) {
            throw plateau.problem("threshold-mode", mode, "rel or abs");
        }
        return Optional.of(new Plateau(
                plateau.number("factor"),
                plateau.integer("patience"),
                plateau.number("threshold"),
                mode.equals("rel"),
                plateau.integer("cooldown"),
                plateau.number("min-lr"),
                plateau.number("eps")));
    }

    private static LearningRate cycle(Settings schedule, long unit, long all) {
        if (schedule.longInteger("warm-up") > 0) {
            throw schedule.problem(
                    "warm-up", schedule.longInteger("warm-up"), "0 with one-cycle, which rises by itself");
        }
        Settings s = schedule.in("one-cycle");
        String anneal = s.text("anneal");
        if (!anneal.equals("cos") && !anneal.equals("linear")) {
            throw s.problem("anneal", anneal, "cos or linear");
        }
        return new OneCycle(
                schedule.has("length") ? Math.multiplyExact(schedule.longInteger("length"), unit) : all,
                s.number("pct-start"),
                s.number("div-factor"),
                s.number("final-div-factor"),
                s.flag("three-phase"),
                anneal.equals("linear"),
                s.flag("cycle-momentum")
                        ? new OneCycle.Momentum(s.number("base-momentum"), s.number("max-momentum"))
                        : null);
    }

    /** As it is given, or to the end of the run. */
    private static long length(Settings schedule, long unit, Steps steps) {
        return schedule.has("length")
                ? schedule.longInteger("length")
                : Math.max(1, (steps.all() + unit - 1) / unit - schedule.longInteger("warm-up"));
    }

    private static GradientGuard guard(Settings training) {
        String found = training.text("non-finite-gradients");
        if (!found.equals("fail") && !found.equals("skip")) {
            throw training.problem("non-finite-gradients", found, "fail or skip");
        }
        boolean skips = found.equals("skip");
        if (training.has("clip-norm") && training.has("clip-norm-per-stage")) {
            throw training.problem(
                    "clip-norm",
                    training.number("clip-norm") + " with clip-norm-per-stage "
                            + training.number("clip-norm-per-stage"),
                    "one of them");
        }
        GradientGuard guard = training.has("clip-norm")
                ? GradientGuard.ofModel(training.number("clip-norm"), skips)
                : new GradientGuard(training.number("clip-norm-per-stage", Double.POSITIVE_INFINITY), skips);
        return training.flag("gradient-norms") ? guard.reporting() : guard;
    }

    private static Optimizer optimizer(Settings s, double beta1) {
        String name = s.text("name");
        double decay = s.number("weight-decay", name.equals("adamw") || name.equals("nadamw") ? 0.01 : 0);
        return switch (name) {
            case "sgd" ->
                new Optimizer.Sgd(
                        s.number("lr", 1e-3), s.number("momentum"), s.flag("nesterov"), decay, s.number("dampening"));
            case "adam", "adamw" ->
                new Optimizer.Adam(
                        s.number("lr", 1e-3),
                        s.number("beta1", beta1),
                        s.number("beta2"),
                        s.number("epsilon", 1e-8),
                        decay,
                        name.equals("adamw"),
                        s.flag("amsgrad"));
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
                        s.number("momentum"),
                        s.flag("centred"));
            case "adagrad" ->
                new Adagrad(
                        s.number("lr", 1e-2),
                        s.number("lr-decay"),
                        s.number("epsilon", 1e-10),
                        decay,
                        s.number("initial-accumulator"));
            default -> throw s.problem("name", name, "one of sgd, adam, adamw, nadam, nadamw, rmsprop, adagrad");
        };
    }

    private static LearningRate schedule(Settings s, long length) {
        String name = s.text("name");
        LearningRate schedule = switch (name) {
            // a plateau scales what is constant otherwise
            case "constant", "plateau" -> new LearningRate.Constant();
            case "step" -> new LearningRate.Step(s.longInteger("every"), s.number("gamma"));
            case "exponential" -> new LearningRate.Exponential(s.number("gamma"));
            case "cosine" -> new LearningRate.Cosine(length, s.number("floor"));
            case "cosine-restarts" ->
                new LearningRate.CosineRestarts(length, s.longInteger("growth"), s.number("floor"));
            default ->
                throw s.problem(
                        "name",
                        name,
                        "one of constant, step, exponential, cosine, cosine-restarts, one-cycle, plateau");
        };
        long warmUp = s.longInteger("warm-up");
        return warmUp > 0 ? new LearningRate.WarmUp(warmUp, schedule) : schedule;
    }
}
