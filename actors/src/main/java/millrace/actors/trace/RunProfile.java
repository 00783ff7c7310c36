package millrace.actors.trace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import millrace.actors.trace.RankTrace.OptimizerStep;
import millrace.actors.trace.RankTrace.Passage;
import millrace.actors.trace.RankTrace.Work;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.Costs;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.Schedule;

/**
 * Costs learned from recorded steps, in seconds. A host that does other things too makes some steps long, so only the
 * middle half of the steps by makespan is looked at.
 */
public final class RunProfile {
    private static final double MOST_JITTER = 0.95;

    private final Schedule schedule;
    private final List<RankTrace> traces;
    private final NavigableMap<Long, Double> makespans = new TreeMap<>();
    private final double period;
    private final Set<Long> middle;
    private final long medianStep;

    /**
     * @param traces of the ranks, from rank 0 on
     * @throws IllegalArgumentException when nothing was recorded
     */
    public RunProfile(Schedule schedule, List<RankTrace> traces) {
        this.schedule = schedule;
        this.traces = List.copyOf(traces);
        NavigableMap<Long, long[]> bounds = new TreeMap<>();
        for (RankTrace trace : traces) {
            for (Work work : trace.work()) {
                long[] bound = bounds.computeIfAbsent(work.step(), _ -> new long[] {work.start(), work.end()});
                bound[0] = Math.min(bound[0], work.start());
                bound[1] = Math.max(bound[1], work.end());
            }
        }
        if (bounds.isEmpty()) {
            throw new IllegalArgumentException("profile: no recorded steps (expected: 1 or more)");
        }
        bounds.forEach((step, bound) -> makespans.put(step, (bound[1] - bound[0]) / 1e9));
        double[] periods = periods(bounds);
        this.period = periods.length == 0 ? makespans.firstEntry().getValue() : periods[periods.length / 2];
        List<Long> byMakespan = new ArrayList<>(makespans.keySet());
        byMakespan.sort((a, b) -> Double.compare(makespan(a), makespan(b)));
        int quarter = byMakespan.size() / 4;
        List<Long> half = byMakespan.subList(quarter, byMakespan.size() - quarter);
        this.middle = Set.copyOf(half);
        this.medianStep = half.get(half.size() / 2);
    }

    /** From each step's first start to the next step's, in seconds, ascending. */
    private static double[] periods(NavigableMap<Long, long[]> bounds) {
        List<Double> periods = new ArrayList<>();
        long before = bounds.firstEntry().getValue()[0];
        for (long[] bound : bounds.tailMap(bounds.firstKey(), false).values()) {
            periods.add((bound[0] - before) / 1e9);
            before = bound[0];
        }
        double[] sorted = periods.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted;
    }

    private double makespan(long step) {
        Double makespan = makespans.get(step);
        return makespan == null ? Double.NaN : makespan;
    }

    /** The step of median makespan. */
    public long medianStep() {
        return medianStep;
    }

    /** The median over the steps of the time from the first start to the last end of all ranks. */
    public double makespan() {
        return makespan(medianStep());
    }

    /** The median time from the start of a step to the start of the next, optimizer included. */
    public double period() {
        return period;
    }

    /** The mean time of an optimizer step of a rank. */
    public double stepTime() {
        return traces.stream()
                        .flatMap(trace -> trace.optimizerSteps().stream())
                        .filter(step -> middle.contains(step.step()))
                        .mapToLong((OptimizerStep step) -> step.end() - step.start())
                        .average()
                        .orElse(0)
                / 1e9;
    }

    /**
     * What each stage's actions took on average, and what a message to an idle rank took. Where the schedule does not
     * split a stage's backward, I and W are taken as halves of B.
     */
    public Costs costs() {
        int kinds = Kind.values().length;
        double[][] sum = new double[kinds][schedule.stages()];
        int[][] count = new int[kinds][schedule.stages()];
        for (RankTrace trace : traces) {
            for (Work work : trace.work()) {
                if (middle.contains(work.step())) {
                    int kind = row(work.action().kind());
                    sum[kind][work.action().stage()] += (work.end() - work.start()) / 1e9;
                    count[kind][work.action().stage()]++;
                }
            }
        }
        List<StageCost> stages = new ArrayList<>();
        double share = 1.0 / Math.max(1, schedule.placement().chunks());
        for (int stage = 0; stage < schedule.stages(); stage++) {
            OptionalDouble full = mean(sum, count, Kind.B, stage);
            double input = mean(sum, count, Kind.I, stage).orElse(full.orElse(0) / 2);
            double weight = mean(sum, count, Kind.W, stage).orElse(full.orElse(0) / 2);
            double forward = mean(sum, count, Kind.F, stage).orElse(0);
            double recompute = mean(sum, count, Kind.R, stage).orElse(forward);
            stages.add(new StageCost(
                    forward, full.orElse(input + weight), input, weight, recompute, share, 0, share, 0, 0));
        }
        return new Costs(stages, new Link(latency(), Double.POSITIVE_INFINITY), Map.of());
    }

    /**
     * How far actions stray from their stage's mean, as the half-width of a uniform distribution of the same relative
     * deviation: ranks that wait for each other wait for the slower one, so costs that vary make a line slower than
     * their means.
     */
    public double jitter() {
        Costs means = costs();
        double squares = 0;
        int count = 0;
        for (RankTrace trace : traces) {
            for (Work work : trace.work()) {
                double mean = means.stages()
                        .get(work.action().stage())
                        .of(work.action().kind());
                if (middle.contains(work.step()) && mean > 0) {
                    double deviation = (work.end() - work.start()) / 1e9 / mean - 1;
                    squares += deviation * deviation;
                    count++;
                }
            }
        }
        return count == 0 ? 0 : Math.min(MOST_JITTER, Math.sqrt(3 * squares / count));
    }

    private static int row(Kind kind) {
        return switch (kind) {
            case F -> 0;
            case B -> 1;
            case I -> 2;
            case W -> 3;
            case R -> 4;
        };
    }

    private static OptionalDouble mean(double[][] sum, int[][] count, Kind kind, int stage) {
        int number = count[row(kind)][stage];
        return number == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum[row(kind)][stage] / number);
    }

    private record Key(long step, Action releases) {}

    /** The median time from sending to starting, over messages whose receiver had nothing else to do. */
    private double latency() {
        Map<Key, Long> sent = new HashMap<>();
        for (RankTrace trace : traces) {
            for (Passage passage : trace.sent()) {
                sent.put(new Key(passage.step(), passage.releases()), passage.at());
            }
        }
        List<Double> hops = new ArrayList<>();
        for (RankTrace trace : traces) {
            long idleSince = Long.MAX_VALUE;
            for (Work work : trace.work()) {
                Action action = work.action();
                Action input =
                        action.kind() == Kind.B ? Action.backwardInput(action.stage(), action.microBatch()) : action;
                Long left = sent.get(new Key(work.step(), input));
                if (left != null && idleSince < left && middle.contains(work.step())) {
                    hops.add((work.start() - left) / 1e9);
                }
                idleSince = work.end();
            }
        }
        double[] sorted = hops.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted.length == 0 ? 0 : Math.max(0, sorted[sorted.length / 2]);
    }
}
