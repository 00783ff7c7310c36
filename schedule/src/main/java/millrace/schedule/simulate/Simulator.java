package millrace.schedule.simulate;

import java.util.HashMap;
import java.util.Map;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.Costs;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.RankPair;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.Dependencies;
import millrace.schedule.Replay;
import millrace.schedule.Schedule;
import millrace.schedule.Sequencer;

/**
 * Discrete events in virtual time. The ranks' orders are fixed and a link serves one sender, so every event's time
 * follows from events that {@link Replay} has passed before; no queue of events is needed, and a simulation takes time
 * linear in the actions. An action starts when its rank is free and its input has come; a message leaves when its action
 * (or the fused pair of its action) ends, waits for its link, and takes transfer time and latency. Hand-over within a
 * rank is free.
 */
public final class Simulator {
    // batches until two take equally long one after the other, or as many as this
    private static final int MOST_BATCHES = 8;
    private static final double SAME = 1e-9;

    private final Schedule schedule;
    private final Costs costs;
    private final SimulationOptions options;
    private Replay replay;
    private final double[][] starts;
    private final double[][] ends;
    private final double[] free;
    private final Arrivals arrivals;
    private final Map<RankPair, Double> linkFree = new HashMap<>();

    private Simulator(Schedule schedule, Costs costs, SimulationOptions options) {
        if (costs.stages().size() != schedule.stages()) {
            throw new IllegalArgumentException("costs: of " + costs.stages().size() + " stages (expected: of "
                    + schedule.stages() + ", as the schedule " + schedule.name() + " has)");
        }
        this.schedule = schedule;
        this.costs = costs;
        this.options = options;
        this.replay = new Replay(schedule);
        this.starts = new double[schedule.ranks()][];
        this.ends = new double[schedule.ranks()][];
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            int size = replay.sequencers().get(rank).size();
            starts[rank] = new double[size];
            ends[rank] = new double[size];
        }
        this.free = new double[schedule.ranks()];
        this.arrivals = new Arrivals(schedule);
    }

    /**
     * One batch of a validated schedule.
     *
     * @throws IllegalArgumentException when the costs are of another number of stages, or a rank holds more than the
     *     memory limit
     */
    public static Simulation simulate(Schedule schedule, Costs costs, SimulationOptions options) {
        Simulator simulator = new Simulator(schedule, costs, options);
        simulator.run();
        return new Simulation(
                schedule,
                costs,
                options,
                simulator.replay.sequencers(),
                simulator.starts,
                simulator.ends,
                simulator.arrivals);
    }

    /** As {@link #simulate(Schedule, Costs, SimulationOptions)} without step time, jitter or limit. */
    public static Simulation simulate(Schedule schedule, Costs costs) {
        return simulate(schedule, costs, SimulationOptions.PLAIN);
    }

    /**
     * The time from one batch to the next where batch follows batch: a rank begins the next one when it has made its step, whatever
     * others still do, so that a batch may take less than it would alone.
     *
     * @param stepTimes of each rank's optimizer; that of the options is not looked at
     */
    public static double period(Schedule schedule, Costs costs, SimulationOptions options, double[] stepTimes) {
        Simulator simulator = new Simulator(schedule, costs, options);
        double last = 0;
        double before = Double.NaN;
        for (int batch = 0; batch < MOST_BATCHES; batch++) {
            simulator.replay = new Replay(schedule);
            simulator.run();
            double end = simulator.step(stepTimes);
            double time = end - last;
            // the first one alone takes longer than those that follow
            if (batch > 1 && Math.abs(time - before) <= SAME * time) {
                return time;
            }
            last = end;
            before = time;
        }
        return before;
    }

    /** Lets all ranks step when they can; when the last one has. */
    private double step(double[] stepTimes) {
        double begin = 0;
        for (double end : free) {
            begin = Math.max(begin, end);
        }
        double last = 0;
        for (int rank = 0; rank < free.length; rank++) {
            free[rank] = (options.synchronizedStep() ? begin : free[rank]) + stepTimes[rank];
            last = Math.max(last, free[rank]);
        }
        return last;
    }

    private void run() {
        if (!replay.run(this::perform)) {
            throw new IllegalArgumentException(
                    "schedule " + schedule.name() + ": cannot be worked off (expected: a validated schedule)");
        }
    }

    private void perform(int rank, int position, Action action) {
        Sequencer sequencer = replay.sequencers().get(rank);
        double start = Math.max(free[rank], arrivals.of(action));
        double end;
        double sent;
        if (sequencer.fused(position)) {
            Action partner = sequencer.action(position + 1);
            start = Math.max(start, arrivals.of(partner));
            end = start + duration(action);
            sent = end + duration(partner);
        } else {
            end = start + duration(action);
            sent = end;
        }
        starts[rank][position] = start;
        ends[rank][position] = end;
        free[rank] = end;
        int receiver = Dependencies.receiver(action, schedule.stages());
        if (receiver >= 0) {
            send(rank, action, receiver, sent);
        }
    }

    private void send(int rank, Action action, int stage, double sent) {
        boolean forward = action.kind() == Kind.F;
        int receiver = schedule.rankOf(stage, action.microBatch());
        double arrival = sent;
        if (receiver != rank) {
            Link link = costs.between(rank, receiver);
            StageCost cost = costs.stages().get(action.stage());
            double bytes = forward ? cost.activationBytes() : cost.deltaBytes();
            if (link.bandwidth() < Double.POSITIVE_INFINITY && bytes > 0) {
                RankPair pair = new RankPair(rank, receiver);
                double begin = Math.max(sent, linkFree.getOrDefault(pair, 0.0));
                arrival = begin + bytes / link.bandwidth();
                linkFree.put(pair, arrival);
            }
            arrival += link.latency() * deviation(action, 1);
        }
        arrivals.set(stage, forward, action.microBatch(), arrival);
    }

    private double duration(Action action) {
        return costs.stages().get(action.stage()).of(action.kind()) * deviation(action, 0);
    }

    /** A factor around 1 that depends on the seed and the action alone, not on the order of the simulation. */
    private double deviation(Action action, int purpose) {
        if (options.jitter() == 0) {
            return 1;
        }
        long kind = switch (action.kind()) {
            case F -> 0;
            case B -> 1;
            case I -> 2;
            case W -> 3;
            // beside the others, whose numbers are full
            case R -> 1L << 59;
        };
        long key = (((long) action.stage() << 32) | action.microBatch()) * 8 + kind * 2 + purpose;
        double uniform = (mixed(key * 0x9e3779b97f4a7c15L + mixed(options.seed())) >>> 11) * 0x1p-53;
        return 1 + options.jitter() * (2 * uniform - 1);
    }

    /** The finaliser of SplitMix64 (Steele et al., OOPSLA 2014). */
    private static long mixed(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
