package millrace.app.study;

import com.typesafe.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import millrace.actors.event.RunResult;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.trace.RunProfile;
import millrace.app.config.BenchSetup;
import millrace.app.config.RunFile;
import millrace.app.study.PlanReport.Measured;
import millrace.schedule.Schedule;
import millrace.schedule.order.Flushed;
import millrace.schedule.order.Order;

/** Trains by a plan for some batches, and looks what they take and hold. */
public final class PlanMeasurement {
    private static final int WARM_UP = 10;
    private static final int MEASURED = 24;
    private static final int ROUNDS = 3;

    private PlanMeasurement() {}

    /**
     * What each of some plans takes, as the median of several runs, and what it holds; nothing when it was interrupted. The plans are
     * run in turns, so that what changes about the machine meanwhile is not between them.
     *
     * @param network that is trained
     * @param plans settings of each
     * @param progress is told of each round
     * @param interruptible gets what ends a run that is under way
     */
    public static List<Measured> of(
            PlannedNetwork network,
            List<Map<String, Object>> plans,
            Consumer<String> progress,
            Consumer<Runnable> interruptible) {
        progress.accept("warming up");
        Config made = network.config();
        if (!WarmUp.until(() -> of(made, plans.getFirst(), interruptible).map(Measured::seconds))) {
            return List.of();
        }
        List<List<Measured>> rounds = new ArrayList<>();
        for (int round = 1; round <= ROUNDS; round++) {
            progress.accept("training by " + plans.size() + " plans, round " + round + " of " + ROUNDS);
            List<Measured> these = new ArrayList<>();
            for (Map<String, Object> plan : plans) {
                Optional<Measured> found = of(made, plan, interruptible);
                if (found.isEmpty()) {
                    return List.of();
                }
                these.add(found.get());
            }
            rounds.add(these);
        }
        List<Measured> medians = new ArrayList<>();
        for (int i = 0; i < plans.size(); i++) {
            int plan = i;
            double[] seconds = rounds.stream()
                    .mapToDouble(round -> round.get(plan).seconds())
                    .sorted()
                    .toArray();
            medians.add(
                    new Measured(seconds[ROUNDS / 2], rounds.getLast().get(plan).memory()));
        }
        return medians;
    }

    /**
     * The figures; empty when it was interrupted.
     *
     * @param config a resolved run
     * @param settings of the plan
     * @param interruptible gets what ends the run
     */
    private static Optional<Measured> of(
            Config config, Map<String, Object> settings, Consumer<Runnable> interruptible) {
        Config planned = RunFile.withLine(config, settings);
        RunPlan plan = BenchSetup.of(planned, WARM_UP + MEASURED).plan(Start.FRESH);
        Optional<RunResult> done = TracedRun.of(plan, WARM_UP, MEASURED, interruptible);
        if (done.isEmpty()) {
            return Optional.empty();
        }
        RunResult result = done.get();
        Order order = plan.order();
        if (!(order instanceof Flushed(Schedule schedule))) {
            throw new IllegalArgumentException("schedule: " + order.name() + " (expected: one with a flush)");
        }
        double period = new RunProfile(schedule, result.pipeline().traces()).period();
        List<Double> memory = new ArrayList<>();
        for (int rank = 0; rank < order.ranks(); rank++) {
            double bytes = 0;
            for (int stage : order.placement().stagesOf(rank)) {
                bytes += result.pipeline().allocatedBytes().get(stage)
                        + result.pipeline().gatheredBytes().get(stage);
            }
            memory.add(bytes);
        }
        return Optional.of(new Measured(period, memory));
    }
}
