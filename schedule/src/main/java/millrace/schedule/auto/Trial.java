package millrace.schedule.auto;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import millrace.schedule.Costs;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import org.jspecify.annotations.Nullable;

/**
 * One schedule with a number of micro-batches and of stages a rank: the search for the stages with which it is fastest. Dynamic
 * programs propose where to cut; from there cuts are moved as long as the simulator says that it helps, or, where there are few
 * ways to cut, all are tried.
 */
final class Trial {
    /** Ways to cut that are all tried rather than searched. */
    private static final int FEW = 500;

    private final PlanRequest request;
    private final Generator generator;
    private final PipelineShape shape;
    private final LayerSums sums;
    private final StageOptions options;
    // where stages may begin, and the end of the line
    private final int[] units;
    private final Ordered usual;
    private final CutLine line;
    // the best plan whose order is not planned from its costs: cuts are moved from there
    private @Nullable Plan usualPlan;
    private @Nullable Plan plan;
    private @Nullable Schedule order;
    private int[] at;
    private double need = Double.POSITIVE_INFINITY;
    private boolean exhausted;

    /**
     * @param shape of one copy of the line
     * @param replicas copies, of {@code shape.ranks()} ranks each
     * @param units the first layer of each unit that stages are made of, and the number of layers
     * @throws IllegalArgumentException when the schedule does not exist for the shape
     */
    Trial(
            NetworkProfile profile,
            PlanRequest request,
            Generator generator,
            PipelineShape shape,
            int replicas,
            int[] units) {
        this.request = request;
        this.generator = generator;
        this.shape = shape;
        this.units = units;
        this.sums = new LayerSums(profile, request.batch() / (shape.microBatches() * replicas));
        this.options = new StageOptions(sums, request);
        this.usual = Ordered.of(generator, shape, replicas, Optional.empty());
        this.line = new CutLine(
                profile,
                request,
                generator.name(),
                shape,
                replicas,
                sums,
                options,
                units,
                usual.schedule().placement());
        this.at = new int[shape.stages()];
    }

    Generator generator() {
        return generator;
    }

    PipelineShape shape() {
        return shape;
    }

    int replicas() {
        return line.replicas();
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
        Bottleneck.starts(all, stages, (stage, from, to) -> sums.work(units[from], units[to]) / line.speed(stage))
                .ifPresent(this::consider);
        if (shape.chunks() == 1 && usual.copies() == line.replicas()) {
            SteadyState.best(all, stages, shape.microBatches(), this::times)
                    .ifPresent(cut -> consider(
                            cut.starts().stream().mapToInt(Integer::intValue).toArray()));
        }
        if (request.memoryLimit() < Double.POSITIVE_INFINITY) {
            Bottleneck.starts(all, stages, this::least).ifPresent(this::consider);
        }
        considerPlanned(at, enough);
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
            boolean any = plan != null || need < Double.POSITIVE_INFINITY;
            if (any && enough.getAsBoolean()) {
                return false;
            }
            consider(starts.clone());
            considerPlanned(starts.clone(), enough);
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
        if (!exhausted) {
            considerPlanned(at, enough);
        }
        exhausted = true;
        return true;
    }

    private SteadyState.@Nullable Times times(int stage, int from, int to) {
        double limit = request.memoryLimit();
        double constant = constantBytes(from, to);
        StageCost plain = sums.stage(units[from], units[to], line.speed(stage));
        if (constant + usual.inFlight().get(stage) * plain.memory() <= limit) {
            return new SteadyState.Times(plain.forward(), plain.backward());
        }
        for (StageOptions.Option option : options.of(units[from], units[to], line.speed(stage))) {
            StageCost cost = option.cost();
            if (constant + recomputing(stage, cost) <= limit) {
                return new SteadyState.Times(cost.forward(), cost.backward() + cost.recompute());
            }
        }
        return null;
    }

    private double constantBytes(int from, int to) {
        return sums.constant(units[from], units[to], usual.copies()).total();
    }

    /** Bytes of a stage's micro-batches, one of which has done its second forward. */
    private double recomputing(int stage, StageCost cost) {
        return (usual.inFlight().get(stage) - 1) * cost.inputMemory() + cost.memory();
    }

    /** Bytes that a rank of one such stage needs at least. */
    private double least(int stage, int from, int to) {
        double constant = constantBytes(from, to);
        double bytes = usual.inFlight().get(stage)
                * sums.stage(units[from], units[to], 1).memory();
        for (StageOptions.Option option : options.of(units[from], units[to], line.speed(stage))) {
            bytes = Math.min(bytes, recomputing(stage, option.cost()));
        }
        return constant + bytes;
    }

    /** Whether these stages are better than the best before. */
    boolean consider(int[] starts) {
        return consider(usual, new Cut(line, starts));
    }

    /**
     * Looks at these stages in the order that is planned for what they take, where the schedule is a planned one: else F, I and W
     * are taken to be equally long. Where that order holds too much, orders that hold less are planned too.
     */
    private void considerPlanned(int[] starts, BooleanSupplier enough) {
        if (!generator.isPlanned() || (starts.length > 1 && starts[starts.length - 1] == 0)) {
            return;
        }
        Cut cut = new Cut(line, starts);
        Costs costs = cut.plain();
        if (plan != null && LowerBound.period(usual.schedule(), costs, cut.steps(usual.schedule())) >= plan.period()) {
            return;
        }
        Ordered order = Ordered.of(generator, line.shape(), line.replicas(), Optional.of(costs));
        consider(order, cut);
        for (int held = order.mostInFlight() - 1; held >= 1 && !cut.fits(order.schedule()); held--) {
            if (enough.getAsBoolean()) {
                return;
            }
            Costs less = costs.holding(held);
            order = Ordered.of(generator, line.shape(), line.replicas(), Optional.of(less));
            consider(order, cut);
        }
    }

    private boolean consider(Ordered order, Cut cut) {
        boolean isUsual = order.by().isEmpty();
        Plan before = isUsual ? usualPlan : plan;
        Cut.Outcome outcome = cut.evaluated(order, before);
        boolean closer = outcome.tooLarge() && before == null && outcome.bytes() < need;
        need = Math.min(need, outcome.bytes());
        Plan found = outcome.plan();
        boolean better = found != null && (before == null || Plan.BEST_FIRST.compare(found, before) < 0);
        // as long as nothing fits, what is closest to it shows the way
        if (isUsual && (closer || better)) {
            at = cut.starts();
            usualPlan = found;
        }
        if (found != null && (plan == null || Plan.BEST_FIRST.compare(found, plan) < 0)) {
            plan = found;
            this.order = outcome.schedule();
        }
        return closer || better;
    }
}
