package millrace.app.study;

import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;
import millrace.actors.event.RunResult;
import millrace.actors.plan.RunPlan;
import millrace.actors.trace.RankTrace;
import millrace.actors.trace.RunProfile;
import millrace.actors.trace.RunTimeline;
import millrace.actors.trace.TraceWindow;
import millrace.schedule.Costs;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.order.Flushed;
import millrace.schedule.order.Order;
import millrace.schedule.order.Streamed;
import millrace.schedule.simulate.Simulation;
import millrace.schedule.simulate.SimulationOptions;
import millrace.schedule.simulate.Simulator;
import millrace.schedule.timeline.Timeline;

/**
 * A measured run, and the simulation of the same schedule with the costs and the jitter that were measured.
 *
 * @param measuredMakespan seconds of the step of median makespan, from the first start to the last end
 * @param stepTime seconds of an optimizer step
 * @param samplesPerSecond of the measured steps, by their median period
 */
public record Comparison(
        RunPlan plan,
        Costs costs,
        double jitter,
        Simulation simulation,
        double measuredMakespan,
        Timeline measuredTimeline,
        List<Double> measuredPeaks,
        double stepTime,
        double samplesPerSecond) {
    private static final long SIMULATIONS = 21;

    /** The comparison of a run that recorded some of its steps. */
    public static Comparison of(RunPlan plan, RunResult result) {
        return of(plan, result.pipeline().traces(), result.pipeline().peakActivations());
    }

    /**
     * The same.
     *
     * @param traces of the ranks, with recorded steps
     * @param peaks for each rank the most that it held, in micro-batches of its whole share
     */
    public static Comparison of(RunPlan plan, List<RankTrace> traces, List<Double> peaks) {
        Schedule schedule = simulated(plan.order());
        RunProfile profile = new RunProfile(schedule, traces);
        Costs costs = profile.costs();
        double jitter = profile.jitter();
        TraceWindow median = new TraceWindow(profile.medianStep(), profile.medianStep() + 1);
        return new Comparison(
                plan,
                costs,
                jitter,
                median(schedule, costs, jitter),
                profile.makespan(),
                RunTimeline.of(plan.order().name() + ", measured", traces, median),
                peaks,
                profile.stepTime(),
                plan.spec().batch() / profile.period());
    }

    /** No stream is simulated yet: beside one stands a batch of the same line that flushes. */
    private static Schedule simulated(Order order) {
        return switch (order) {
            case Flushed(Schedule schedule) -> schedule;
            case Streamed _ -> Schedules.generate("1f1b", order.ranks(), order.microBatches());
        };
    }

    /** The simulation of median makespan among some with the measured jitter. */
    private static Simulation median(Schedule schedule, Costs costs, double jitter) {
        List<Simulation> simulations = LongStream.rangeClosed(1, SIMULATIONS)
                .mapToObj(seed -> new SimulationOptions(false, 0, jitter, seed, Double.POSITIVE_INFINITY))
                .map(options -> Simulator.simulate(schedule, costs, options))
                .sorted(Comparator.comparingDouble(Simulation::makespan))
                .toList();
        return simulations.get(simulations.size() / 2);
    }

    /** What the simulation says would happen. */
    public Timeline simulatedTimeline() {
        return simulation.timeline(plan.order().name() + ", simulated", "s");
    }

    /** How far the simulated makespan is from the measured one, relative to that. */
    public double error() {
        return simulation.makespan() / measuredMakespan - 1;
    }

    /** Idle share of the measured makespan: 1 - busiest rank / makespan. */
    public double measuredBubble() {
        double busiest = 0;
        for (int rank = 0; rank < measuredTimeline.ranks(); rank++) {
            busiest = Math.max(busiest, measuredTimeline.busy(rank));
        }
        return 1 - busiest / measuredMakespan;
    }
}
