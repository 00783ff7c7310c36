package millrace.schedule.auto;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.function.BooleanSupplier;
import millrace.schedule.Action;
import millrace.schedule.AscendingGradients;
import millrace.schedule.Costs;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Recomputation;
import millrace.schedule.Schedule;
import millrace.schedule.Validator;
import millrace.schedule.auto.PlanRequest.Recomputing;
import millrace.schedule.simulate.SimulationOptions;
import millrace.schedule.simulate.Simulator;
import org.jspecify.annotations.Nullable;

/**
 * One schedule with a number of micro-batches and of stages a rank: the search for the stages with which it is fastest. Dynamic
 * programs propose where to cut; from there cuts are moved as long as the simulator says that it helps, or, where there are few
 * ways to cut, all are tried.
 */
final class Trial {
    /** Ways to cut that are all tried rather than searched. */
    private static final int FEW = 500;

    private final NetworkProfile profile;
    private final PlanRequest request;
    private final Generator generator;
    private final PipelineShape shape;
    private final LayerSums sums;
    // where stages may begin, and the end of the line
    private final int[] units;
    private final Schedule usual;
    private final SortedSet<Integer> holding;
    private @Nullable Plan plan;
    private @Nullable Schedule order;
    private int[] at;
    private double need = Double.POSITIVE_INFINITY;
    private boolean exhausted;

    /**
     * @param units the first layer of each unit that stages are made of, and the number of layers
     * @throws IllegalArgumentException when the schedule does not exist for the shape
     */
    Trial(NetworkProfile profile, PlanRequest request, Generator generator, PipelineShape shape, int[] units) {
        this.profile = profile;
        this.request = request;
        this.generator = generator;
        this.shape = shape;
        this.units = units;
        this.sums = new LayerSums(profile, request.batch() / shape.microBatches());
        // planned schedules are planned as a run without measured costs has them: for F, I and W of equal length
        this.usual = AscendingGradients.of(Validator.checked(generator.generate(shape, Costs.unit(shape))));
        this.holding = Recomputation.worthwhile(usual);
        this.at = new int[shape.stages()];
    }

    Generator generator() {
        return generator;
    }

    PipelineShape shape() {
        return shape;
    }

    /** The best plan so far; null where none fits. */
    @Nullable
    Plan plan() {
        return plan;
    }

    /** The order of the best plan, to be compared with that of others. */
    @Nullable
    Schedule order() {
        return order;
    }

    /** The smallest limit under which one of the plans that were tried fits, in bytes. */
    double need() {
        return need;
    }

    /** Tries the ways to cut that are likely to be good. */
    void propose(BooleanSupplier enough) {
        int stages = shape.stages();
        int all = units.length - 1;
        if (combinations(all - 1, stages - 1) <= FEW) {
            exhausted = tryAll(new int[stages], 1, enough);
            return;
        }
        Bottleneck.starts(all, stages, (stage, from, to) -> sums.work(units[from], units[to]) / speed(stage))
                .ifPresent(this::consider);
        int[] inFlight = new int[stages];
        for (int stage = 0; stage < stages; stage++) {
            inFlight[stage] = usual.peakInFlight(stage);
        }
        if (shape.chunks() == 1 && usual.placement().replicas().size() == 1) {
            SteadyState.best(all, stages, shape.microBatches(), (stage, from, to) -> times(stage, from, to, inFlight))
                    .ifPresent(cut -> consider(
                            cut.starts().stream().mapToInt(Integer::intValue).toArray()));
        }
        if (request.memoryLimit() < Double.POSITIVE_INFINITY) {
            Bottleneck.starts(all, stages, (stage, from, to) -> least(stage, from, to, inFlight))
                    .ifPresent(this::consider);
        }
    }

    private static long combinations(int all, int taken) {
        long ways = 1;
        for (int i = 1; i <= taken && ways <= FEW; i++) {
            ways = ways * (all - taken + i) / i;
        }
        return ways;
    }

    /** False when it was enough before all were tried. */
    private boolean tryAll(int[] starts, int stage, BooleanSupplier enough) {
        if (stage == starts.length) {
            if (plan != null && enough.getAsBoolean()) {
                return false;
            }
            consider(starts.clone());
            return true;
        }
        int most = units.length - 1 - (starts.length - stage);
        for (int from = starts[stage - 1] + 1; from <= most; from++) {
            starts[stage] = from;
            if (!tryAll(starts, stage + 1, enough)) {
                return false;
            }
        }
        return true;
    }

    /** Moves one cut at a time, by one unit, as long as that helps; false when it was enough before. */
    boolean refine(BooleanSupplier enough) {
        boolean better = !exhausted;
        while (better) {
            better = false;
            for (int stage = 1; stage < shape.stages(); stage++) {
                for (int by : new int[] {-1, 1}) {
                    int moved = at[stage] + by;
                    int next = stage + 1 < at.length ? at[stage + 1] : units.length - 1;
                    if (moved > at[stage - 1] && moved < next) {
                        if (enough.getAsBoolean()) {
                            return false;
                        }
                        int[] starts = at.clone();
                        starts[stage] = moved;
                        better |= consider(starts);
                    }
                }
            }
        }
        exhausted = true;
        return true;
    }

    private SteadyState.@Nullable Times times(int stage, int from, int to, int[] inFlight) {
        double limit = request.memoryLimit();
        double constant = sums.constantBytes(units[from], units[to]);
        StageCost plain = sums.stage(units[from], units[to], speed(stage));
        if (constant + inFlight[stage] * plain.memory() <= limit) {
            return new SteadyState.Times(plain.forward(), plain.backward());
        }
        if (request.recomputation() == Recomputing.NEVER || least(stage, from, to, inFlight) > limit) {
            return null;
        }
        return new SteadyState.Times(plain.forward(), plain.backward() + plain.recompute());
    }

    /** Bytes that a rank of one such stage needs at least. */
    private double least(int stage, int from, int to, int[] inFlight) {
        double constant = sums.constantBytes(units[from], units[to]);
        double kept = sums.stage(units[from], units[to], 1).memory();
        double plain = inFlight[stage] * kept;
        if (request.recomputation() == Recomputing.NEVER) {
            return constant + plain;
        }
        double input = sums.recomputing(units[from], units[to], 1, true).inputMemory();
        return constant + Math.min(plain, inFlight[stage] * input + kept);
    }

    /** The speed of the slowest rank that holds a stage. */
    private double speed(int stage) {
        double slowest = Double.POSITIVE_INFINITY;
        for (int rank : usual.placement().ranksOf(stage)) {
            slowest = Math.min(slowest, profile.speed(rank));
        }
        return slowest;
    }

    /** Whether these stages are better than the best before. */
    private boolean consider(int[] starts) {
        List<StageCost> stages = new ArrayList<>();
        List<StageCost> recomputing = new ArrayList<>();
        for (int stage = 0; stage < shape.stages(); stage++) {
            int from = units[starts[stage]];
            int to = end(starts, stage);
            stages.add(sums.stage(from, to, speed(stage)));
            recomputing.add(
                    sums.recomputing(from, to, speed(stage), request.recomputation() != Recomputing.AT_BACKWARD));
        }
        Room room = new Room(usual, holding, stages, recomputing, request);
        double most = 0;
        for (int rank = 0; rank < shape.ranks(); rank++) {
            most = Math.max(most, room.make(rank, constantBytes(usual, rank, starts)));
        }
        if (most > request.memoryLimit()) {
            boolean closer = plan == null && most < need;
            if (closer) {
                at = starts;
            }
            need = Math.min(need, most);
            return closer;
        }
        need = Math.min(need, most);
        for (int stage : room.recomputed()) {
            stages.set(stage, recomputing.get(stage));
        }
        Schedule whole = Recomputation.of(usual, room.recomputed());
        return simulated(whole, new Costs(stages, profile.link(), profile.links()), starts);
    }

    private int end(int[] starts, int stage) {
        return stage + 1 < starts.length ? units[starts[stage + 1]] : units[units.length - 1];
    }

    private boolean simulated(Schedule schedule, Costs costs, int[] starts) {
        double[] steps = new double[shape.ranks()];
        double[] busy = new double[shape.ranks()];
        for (int rank = 0; rank < steps.length; rank++) {
            for (int stage : schedule.placement().stagesOf(rank)) {
                int from = units[starts[stage]];
                int to = end(starts, stage);
                steps[rank] += sums.step(from, to) / profile.speed(rank);
                // what each rank sends and gets, of so many copies, is 2 (r-1) / r of the weights
                steps[rank] += 2.0 * (copies(schedule) - 1) / copies(schedule) * sums.exchangeTime(from, to);
            }
            busy[rank] = steps[rank];
            for (Action action : schedule.actions(rank)) {
                busy[rank] += costs.stages().get(action.stage()).of(action.kind());
            }
        }
        double bound = LowerBound.period(schedule, costs, steps);
        Plan before = plan;
        if (before != null && bound > before.period()) {
            return false;
        }
        SimulationOptions options =
                new SimulationOptions(request.synchronizedStep(), 0, 0, 0, Double.POSITIVE_INFINITY);
        double period = Simulator.period(schedule, costs, options, steps);
        List<Double> memory = new ArrayList<>();
        for (int rank = 0; rank < shape.ranks(); rank++) {
            memory.add(constantBytes(schedule, rank, starts)
                    + RankMemory.peak(
                            usual.actions(rank), stage -> schedule.recomputed().contains(stage), costs.stages()::get));
        }
        // a stage on two ranks recomputes on both, although one of them had room
        if (Collections.max(memory) > request.memoryLimit()) {
            return false;
        }
        List<Integer> layers = new ArrayList<>();
        for (int start : starts) {
            layers.add(units[start]);
        }
        double busiest = 0;
        for (double time : busy) {
            busiest = Math.max(busiest, time);
        }
        Plan found = new Plan(generator.name(), shape, layers, schedule.recomputed(), period, busiest, memory, bound);
        if (before != null && Plan.BEST_FIRST.compare(found, before) >= 0) {
            return false;
        }
        plan = found;
        order = schedule;
        at = starts;
        return true;
    }

    private static int copies(Schedule schedule) {
        return schedule.placement().replicas().size();
    }

    private double constantBytes(Schedule schedule, int rank, int[] starts) {
        double bytes = 0;
        for (int stage : schedule.placement().stagesOf(rank)) {
            bytes += sums.constantBytes(units[starts[stage]], end(starts, stage));
            bytes += (copies(schedule) - 1) * sums.exchangeBytes(units[starts[stage]], end(starts, stage));
        }
        return bytes;
    }
}
