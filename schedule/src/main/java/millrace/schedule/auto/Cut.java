package millrace.schedule.auto;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import millrace.schedule.Action;
import millrace.schedule.Costs;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.Recomputation;
import millrace.schedule.Schedule;
import millrace.schedule.auto.StageOptions.Option;
import millrace.schedule.simulate.SimulationOptions;
import millrace.schedule.simulate.Simulator;
import org.jspecify.annotations.Nullable;

/** One way to cut a network, and what the simulator says of it. */
final class Cut {
    private final CutLine line;
    private final int[] starts;

    /**
     * What was found of an order.
     *
     * @param bytes that the rank needs which needs most
     * @param tooLarge whether that is more than it may hold
     * @param plan null where it is too large, or slower than what is known
     * @param schedule of the plan
     */
    record Outcome(
            double bytes,
            boolean tooLarge,
            @Nullable Plan plan,
            @Nullable Schedule schedule) {}

    /** @param starts the first unit of each stage; not to be changed any more */
    Cut(CutLine line, int[] starts) {
        this.line = line;
        this.starts = starts;
    }

    int[] starts() {
        return starts;
    }

    private int from(int stage) {
        return line.units()[starts[stage]];
    }

    private int to(int stage) {
        int[] units = line.units();
        return stage + 1 < starts.length ? units[starts[stage + 1]] : units[units.length - 1];
    }

    /** What the stages take and hold when none recomputes. */
    Costs plain() {
        return costs(plainStages());
    }

    private Costs costs(List<StageCost> stages) {
        return new Costs(stages, line.profile().link(), line.profile().links());
    }

    private List<StageCost> plainStages() {
        List<StageCost> stages = new ArrayList<>();
        for (int stage = 0; stage < starts.length; stage++) {
            stages.add(line.sums().stage(from(stage), to(stage), line.speed(stage)));
        }
        return stages;
    }

    /** Seconds of each rank's optimizer step, exchange of gradients included. */
    double[] steps(Schedule schedule) {
        int copies = schedule.placement().replicas().size();
        double[] steps = new double[schedule.ranks()];
        for (int rank = 0; rank < steps.length; rank++) {
            for (int stage : schedule.placement().stagesOf(rank)) {
                steps[rank] += line.sums().step(from(stage), to(stage))
                        / line.profile().speed(rank);
                // what each rank sends and gets, of so many copies, is 2 (r-1) / r of the weights
                steps[rank] += 2.0 * (copies - 1) / copies * line.sums().exchangeTime(from(stage), to(stage));
            }
        }
        return steps;
    }

    /** Whether nobody has to recompute. */
    boolean fits(Schedule schedule) {
        List<StageCost> stages = plainStages();
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            double peak = RankMemory.peak(schedule.actions(rank), _ -> false, stages::get);
            if (constant(schedule, rank).total() + peak > limit()) {
                return false;
            }
        }
        return true;
    }

    private double limit() {
        return line.request().memoryLimit();
    }

    private RankBytes constant(Schedule schedule, int rank) {
        int copies = schedule.placement().replicas().size();
        RankBytes bytes = RankBytes.NONE;
        for (int stage : schedule.placement().stagesOf(rank)) {
            bytes = bytes.plus(line.sums().constant(from(stage), to(stage), copies));
        }
        return bytes;
    }

    /** @param best the plan that one of this cut has to be faster than, if any */
    Outcome evaluated(Ordered order, @Nullable Plan best) {
        List<StageCost> stages = plainStages();
        Room room = new Room(
                order,
                List.copyOf(stages),
                stage -> line.options().of(from(stage), to(stage), line.speed(stage)),
                limit());
        double most = 0;
        for (int rank = 0; rank < order.schedule().ranks(); rank++) {
            most = Math.max(
                    most, room.make(rank, constant(order.schedule(), rank).total()));
        }
        if (most > limit()) {
            return new Outcome(most, true, null, null);
        }
        room.chosen().forEach((stage, option) -> stages.set(stage, option.cost()));
        return simulated(order, room.chosen(), costs(stages), most, best);
    }

    private Outcome simulated(
            Ordered order, SortedMap<Integer, Option> recomputed, Costs costs, double most, @Nullable Plan best) {
        Schedule schedule = Recomputation.of(order.schedule(), recomputed.keySet());
        double[] steps = steps(schedule);
        double bound = LowerBound.period(schedule, costs, steps);
        Outcome slower = new Outcome(most, false, null, null);
        if (best != null && bound > best.period()) {
            return slower;
        }
        SimulationOptions options =
                new SimulationOptions(line.request().synchronizedStep(), 0, 0, 0, Double.POSITIVE_INFINITY);
        double period = Simulator.period(schedule, costs, options, steps);
        List<RankBytes> memory = memory(order.schedule(), recomputed, costs);
        double needed = memory.stream().mapToDouble(RankBytes::total).max().orElse(0);
        if (needed > limit()) {
            // a stage on two ranks recomputes on both in one way, although that suits only one of them
            return new Outcome(needed, true, null, null);
        }
        List<Integer> layers = new ArrayList<>();
        for (int stage = 0; stage < starts.length; stage++) {
            layers.add(from(stage));
        }
        SortedSet<Integer> again = new TreeSet<>();
        recomputed.values().forEach(option -> again.addAll(option.layers()));
        Plan found = new Plan(
                line.schedule(),
                line.shape(),
                line.replicas(),
                layers,
                new TreeSet<>(recomputed.keySet()),
                again,
                costs,
                order.by(),
                period,
                busiest(schedule, costs, steps),
                memory,
                bound);
        return new Outcome(most, false, found, schedule);
    }

    private List<RankBytes> memory(Schedule order, SortedMap<Integer, Option> recomputed, Costs costs) {
        List<RankBytes> memory = new ArrayList<>();
        for (int rank = 0; rank < order.ranks(); rank++) {
            double held =
                    RankMemory.peak(order.actions(rank), stage -> recomputed.containsKey(stage), costs.stages()::get);
            memory.add(constant(order, rank).holding(held));
        }
        return memory;
    }

    private static double busiest(Schedule schedule, Costs costs, double[] steps) {
        double busiest = 0;
        for (int rank = 0; rank < steps.length; rank++) {
            double busy = steps[rank];
            for (Action action : schedule.actions(rank)) {
                busy += costs.stages().get(action.stage()).of(action.kind());
            }
            busiest = Math.max(busiest, busy);
        }
        return busiest;
    }
}
