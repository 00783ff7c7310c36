package millrace.schedule.simulate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import millrace.schedule.Action;
import millrace.schedule.Costs;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.Dependencies;
import millrace.schedule.Schedule;
import millrace.schedule.Sequencer;
import millrace.schedule.timeline.Timeline;

/** The result of a simulation. All times are in the unit of the costs that it was made with. */
public final class Simulation {
    private final Schedule schedule;
    private final Costs costs;
    private final SimulationOptions options;
    private final List<Sequencer> orders;
    private final double[][] starts;
    private final double[][] ends;
    private final Arrivals arrivals;
    private final List<Timeline.Exchange> exchanges;
    private final double lastEnd;
    private final double[] busy;
    private final double[] peakActivations;
    private final double[] peakMemory;
    private final Set<Integer> recomputed;

    Simulation(
            Schedule schedule,
            Costs costs,
            SimulationOptions options,
            List<Sequencer> orders,
            double[][] starts,
            double[][] ends,
            Arrivals arrivals) {
        this.schedule = schedule;
        this.costs = costs;
        this.options = options;
        this.orders = orders;
        this.starts = starts;
        this.ends = ends;
        this.arrivals = arrivals;
        this.exchanges = Exchanges.of(schedule, orders, ends, options.exchangeCost());
        this.lastEnd = IntStream.range(0, schedule.ranks())
                .mapToDouble(this::readyToStep)
                .max()
                .orElse(0);
        this.busy = new double[schedule.ranks()];
        this.peakActivations = new double[schedule.ranks()];
        this.peakMemory = new double[schedule.ranks()];
        this.recomputed = schedule.recomputed();
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            walk(rank);
        }
    }

    /** Adds up a rank's time and memory, action by action. */
    private void walk(int rank) {
        double share = schedule.placement().share(rank);
        int held = 0;
        int mostHeld = 0;
        double memory = 0;
        for (int position = 0; position < starts[rank].length; position++) {
            Action action = action(rank, position);
            StageCost cost = costs.stages().get(action.stage());
            busy[rank] += ends[rank][position] - starts[rank][position];
            memory += cost.held(action.kind(), recomputed.contains(action.stage()));
            held += switch (action.kind()) {
                case F -> 1;
                case I, R -> 0;
                case B, W -> -1;
            };
            mostHeld = Math.max(mostHeld, held);
            peakMemory[rank] = Math.max(peakMemory[rank], memory);
            if (memory > options.memoryLimit() * (1 + 1e-9)) {
                throw new IllegalArgumentException("memory: rank " + rank + " holds " + memory + " with " + action
                        + " (expected: at most " + options.memoryLimit()
                        + ", the limit); raise it or take a schedule that holds fewer micro-batches");
            }
        }
        peakActivations[rank] = share == 0 ? 0 : mostHeld / share;
    }

    private double firstStart(int rank) {
        return starts[rank].length == 0 ? 0 : starts[rank][0];
    }

    private double lastEnd(int rank) {
        return ends[rank].length == 0 ? 0 : ends[rank][ends[rank].length - 1];
    }

    /** When a rank has computed all, and the sums of its gradients are there. */
    private double readyToStep(int rank) {
        double exchanged = exchanges.stream()
                .filter(exchange -> exchange.rank() == rank)
                .mapToDouble(Timeline.Exchange::end)
                .max()
                .orElse(0);
        return Math.max(lastEnd(rank), exchanged);
    }

    private Action action(int rank, int position) {
        return orders.get(rank).action(position);
    }

    /** The schedule that was simulated. */
    public Schedule schedule() {
        return schedule;
    }

    /** What it was made with. */
    public Costs costs() {
        return costs;
    }

    /** From the first start to the end of the last action. */
    public double computed() {
        return IntStream.range(0, schedule.ranks())
                .mapToDouble(this::lastEnd)
                .max()
                .orElse(0);
    }

    /** From the first start to the end of the last optimizer step. */
    public double makespan() {
        return lastEnd + options.stepTime();
    }

    /** What the busiest rank needs without ever waiting: m(F+I+W) where all ranks are alike. */
    public double ideal() {
        return Arrays.stream(busy).max().orElse(0);
    }

    /** Idle share of the whole: 1 - ideal/makespan. */
    public double bubble() {
        return makespan() == 0 ? 0 : 1 - ideal() / makespan();
    }

    /**
     * Idle share of the longest rank's own span, from its first start to its end (Zero Bubble paper, section 5.3): the
     * staggered start does not count. With a synchronized step every rank ends with the last.
     */
    public double bubbleOfRankSpan() {
        double cost = 0;
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            double end = options.synchronizedStep() ? lastEnd : readyToStep(rank);
            cost = Math.max(cost, end + options.stepTime() - firstStart(rank));
        }
        return cost == 0 ? 0 : (cost - ideal()) / cost;
    }

    /** For each rank the time it computes. */
    public double[] busy() {
        return busy.clone();
    }

    /** For each rank the most it holds from F until W (or B), in micro-batches of its whole share. */
    public double[] peakActivations() {
        return peakActivations.clone();
    }

    /** For each rank the most it holds, in the costs' unit of memory. */
    public double[] peakMemory() {
        return peakMemory.clone();
    }

    /** Actions of all ranks. */
    public long actions() {
        return Arrays.stream(starts).mapToLong(row -> row.length).sum();
    }

    /** When replicas added up their gradients; nothing where the line exists once or that costs nothing. */
    public List<Timeline.Exchange> exchanges() {
        return exchanges;
    }

    /** The chain of actions, first to last, each of which started because the one before it ended (or its message came). */
    public List<Timeline.Span> criticalPath() {
        return new CriticalPath(schedule, orders, starts, ends, arrivals).spans();
    }

    /**
     * Every action, and every message between ranks.
     *
     * @param title for pictures
     * @param unit of all times, as an axis says it: {@code s}, {@code ms}, or empty
     */
    public Timeline timeline(String title, String unit) {
        List<Timeline.Span> spans = new ArrayList<>();
        List<Timeline.Message> messages = new ArrayList<>();
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            int from = rank;
            for (int position = 0; position < starts[rank].length; position++) {
                Action action = action(rank, position);
                spans.add(new Timeline.Span(rank, 0, action, starts[rank][position], ends[rank][position]));
                boolean fused = orders.get(rank).fused(position);
                double sent = ends[rank][fused ? position + 1 : position];
                Dependencies.releasedBy(action, schedule.stages()).ifPresent(released -> {
                    int to = schedule.rankOf(released.stage(), released.microBatch());
                    if (to != from) {
                        messages.add(new Timeline.Message(from, to, 0, released, sent, arrivals.of(released)));
                    }
                });
            }
        }
        return new Timeline(title, unit, schedule.ranks(), spans, messages, exchanges);
    }
}
