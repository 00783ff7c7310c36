package millrace.schedule.auto;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.auto.PlanTable.Lost;
import millrace.schedule.auto.PlanTable.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Searches for the fastest way to train a network on some ranks within their memory: over schedules, stages a rank, micro-batches,
 * where to cut, and what to recompute. First every schedule gets the stages that dynamic programs propose; those that a bound shows to
 * be slower than what is known are left out. Then the most promising ones have their cuts moved. Whenever it is told that it is
 * enough, what was found so far is the result.
 */
public final class Planner {
    private static final int MOST_CHUNKS = 4;

    private final NetworkProfile profile;
    private final PlanRequest request;
    private final int[] units;
    private final Map<Cutting, Double> bounds = new HashMap<>();
    private final List<Trial> trials = new ArrayList<>();
    private final List<Lost> lost = new ArrayList<>();
    private boolean complete = true;

    private Planner(NetworkProfile profile, PlanRequest request) {
        this.profile = profile;
        this.request = request;
        int layers = profile.layers().size();
        TreeSet<Integer> starts = new TreeSet<>(request.cuts().headSet(layers));
        starts.add(0);
        this.units = new int[starts.size() + 1];
        int unit = 0;
        for (int start : starts) {
            units[unit++] = start;
        }
        units[unit] = layers;
    }

    /**
     * The best plans, and why others are not among them.
     *
     * @param enough whether to make do with what has been found; asked again and again, by the calling thread
     * @throws IllegalArgumentException on an unknown schedule, or when the network cannot be cut for so many ranks
     */
    public static PlanTable search(NetworkProfile profile, PlanRequest request, BooleanSupplier enough) {
        return new Planner(profile, request).search(enough);
    }

    private PlanTable search(BooleanSupplier enough) {
        requireStages();
        List<Combination> all = combinations();
        for (Combination combination : all) {
            if (!trials.isEmpty() && enough.getAsBoolean()) {
                complete = false;
                break;
            }
            begin(combination, enough);
        }
        List<Trial> promising = new ArrayList<>(trials);
        promising.sort(BEST_FIRST);
        for (Trial trial : promising) {
            if (enough.getAsBoolean()) {
                complete = false;
                break;
            }
            // where nothing fits yet, moving cuts may find room
            if (worstOfBest() > bound(trial.shape(), trial.replicas())) {
                complete &= trial.refine(enough);
            }
        }
        return table(all);
    }

    private void requireStages() {
        int fewest = request.replicas().stream()
                .filter(copies -> request.ranks() % copies == 0)
                .mapToInt(copies -> request.ranks() / copies)
                .min()
                .orElseThrow(() -> new IllegalArgumentException("replicas: " + request.replicas()
                        + " (expected: numbers of which one divides the " + request.ranks() + " ranks)"));
        if (units.length - 1 < fewest) {
            throw new IllegalArgumentException("ranks: " + request.ranks() + " (expected: at most " + (units.length - 1)
                    + ", the stages that the network can be cut into)");
        }
    }

    private record Combination(Generator generator, PipelineShape shape, int replicas) {}

    /** What a bound for all schedules depends on: ranks of one copy, copies, and micro-batches of the batch. */
    private record Cutting(int ranks, int replicas, int microBatches) {}

    /** Everything that may exist, those with the lowest bound first. */
    private List<Combination> combinations() {
        List<Combination> all = new ArrayList<>();
        for (String name : request.schedules()) {
            Generator generator = Schedules.named(name);
            for (int replicas : request.replicas()) {
                for (int m = replicas; m <= request.batch(); m += replicas) {
                    if (request.ranks() % replicas == 0
                            && request.batch() % m == 0
                            && request.batch() / m >= request.leastSamples()) {
                        add(generator, request.ranks() / replicas, replicas, m / replicas, all);
                    }
                }
            }
        }
        all.sort(Comparator.comparingDouble(combination -> bound(combination.shape(), combination.replicas())));
        return all;
    }

    private void add(Generator generator, int ranks, int replicas, int microBatches, List<Combination> all) {
        int usual = generator.defaultChunks();
        for (int chunks = usual; chunks <= Math.max(MOST_CHUNKS, usual); chunks++) {
            PipelineShape shape = new PipelineShape(ranks, chunks, microBatches);
            if (shape.stages() < units.length) {
                all.add(new Combination(generator, shape, replicas));
            }
        }
    }

    private void begin(Combination combination, BooleanSupplier enough) {
        PipelineShape shape = combination.shape();
        double bound = bound(shape, combination.replicas());
        if (bound >= worstOfBest()) {
            lost.add(new Lost(
                    combination.generator().name(),
                    shape.chunks(),
                    combination.replicas(),
                    combination.replicas() * shape.microBatches(),
                    new PlanTable.Bounded(bound)));
            return;
        }
        Trial trial;
        try {
            trial = new Trial(profile, request, combination.generator(), shape, combination.replicas(), units);
        } catch (IllegalArgumentException _) {
            // the schedule does not exist for these numbers
            return;
        }
        trial.propose(enough);
        trials.add(trial);
    }

    /** Seconds that no plan with so many ranks, copies and micro-batches can be faster than. */
    private double bound(PipelineShape shape, int replicas) {
        return bounds.computeIfAbsent(
                new Cutting(shape.ranks(), replicas, replicas * shape.microBatches()), this::newBound);
    }

    private double newBound(Cutting cutting) {
        LayerSums sums = new LayerSums(profile, request.batch() / cutting.microBatches());
        double speeds = 0;
        for (int rank = 0; rank < request.ranks(); rank++) {
            speeds += profile.speed(rank);
        }
        double overheads = 2 * profile.actionOverhead() * (cutting.ranks() - 1);
        double steps = cutting.replicas() * sums.allSteps();
        return (cutting.microBatches() * (sums.allWork() + overheads) + steps) / speeds;
    }

    /** The period that a plan must be below to be among the best. */
    private double worstOfBest() {
        // orders that have several names are told once
        NavigableSet<Plan> plans = new TreeSet<>(Plan.BEST_FIRST);
        trials.stream().map(Trial::plan).filter(Objects::nonNull).forEach(plans::add);
        return plans.size() < request.top()
                ? Double.POSITIVE_INFINITY
                : plans.stream()
                        .skip(request.top() - 1)
                        .findFirst()
                        .orElseThrow()
                        .period();
    }

    private static final Comparator<Trial> BEST_FIRST = (one, other) -> {
        Plan plan = one.plan();
        Plan that = other.plan();
        if (plan == null || that == null) {
            return plan == that ? Double.compare(one.need(), other.need()) : plan == null ? 1 : -1;
        }
        return Plan.BEST_FIRST.compare(plan, that);
    };

    /** Why a plan is not told, although it may be among the best; null where there is no reason. */
    private static @Nullable Reason reason(Trial trial, Plan plan, List<Trial> told) {
        for (Trial other : told) {
            Schedule order = other.order();
            if (order != null
                    && trial.order() != null
                    && order.order().equals(trial.order().order())
                    && plan.starts().equals(Objects.requireNonNull(other.plan()).starts())) {
                return new PlanTable.SameAs(other.generator().name());
            }
        }
        return null;
    }

    private PlanTable table(List<Combination> all) {
        trials.sort(BEST_FIRST);
        List<Plan> best = new ArrayList<>();
        List<Trial> told = new ArrayList<>();
        List<Lost> others = new ArrayList<>();
        double least = Double.POSITIVE_INFINITY;
        for (Trial trial : trials) {
            Plan plan = trial.plan();
            least = Math.min(least, trial.need());
            Reason reason = plan == null ? new PlanTable.NoRoom(trial.need()) : reason(trial, plan, told);
            if (plan != null && reason == null && best.size() < request.top()) {
                best.add(plan);
                told.add(trial);
            } else {
                others.add(new Lost(
                        trial.generator().name(),
                        trial.shape().chunks(),
                        trial.replicas(),
                        trial.replicas() * trial.shape().microBatches(),
                        reason == null ? new PlanTable.Slower(Objects.requireNonNull(plan)) : reason));
            }
        }
        others.addAll(lost);
        double bound = all.stream()
                .mapToDouble(combination -> bound(combination.shape(), combination.replicas()))
                .min()
                .orElse(0);
        return new PlanTable(best, others, bound, least, complete);
    }
}
