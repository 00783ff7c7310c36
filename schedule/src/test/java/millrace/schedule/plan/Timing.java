package millrace.schedule.plan;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.Costs;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.Dependencies;
import millrace.schedule.Replay;
import millrace.schedule.Schedule;

/** What a schedule takes and holds, worked out beside the planners: every action starts as soon as it can. */
public final class Timing {
    private final double[] firstStart;
    private final double[] free;
    private final double[] held;
    private final double[] peak;

    private Timing(Schedule schedule, Costs costs) {
        this.firstStart = new double[schedule.ranks()];
        this.free = new double[schedule.ranks()];
        this.held = new double[schedule.ranks()];
        this.peak = new double[schedule.ranks()];
        Arrays.fill(firstStart, -1);
        Map<Action, Double> arrivals = new HashMap<>();
        boolean done = new Replay(schedule).run((rank, _, action) -> {
            double start = Math.max(free[rank], arrivals.getOrDefault(action, 0.0));
            firstStart[rank] = firstStart[rank] < 0 ? start : firstStart[rank];
            StageCost stage = costs.stages().get(action.stage());
            double end = start + stage.of(action.kind());
            free[rank] = end;
            hold(rank, action.kind(), stage);
            Dependencies.releasedBy(action, schedule.stages()).ifPresent(released -> {
                int receiver = schedule.rankOf(released.stage(), released.microBatch());
                double hop =
                        receiver == rank ? 0 : costs.between(rank, receiver).latency();
                arrivals.put(released, end + hop);
            });
        });
        if (!done) {
            throw new IllegalArgumentException(schedule + " (expected: one that can be executed)");
        }
    }

    public static Timing of(Schedule schedule, Costs costs) {
        return new Timing(schedule, costs);
    }

    private void hold(int rank, Kind kind, StageCost stage) {
        held[rank] += switch (kind) {
            case F -> stage.memory();
            case B -> -stage.memory();
            case I -> stage.weightMemory() - stage.memory();
            case W -> -stage.weightMemory();
            case R -> 0;
        };
        peak[rank] = Math.max(peak[rank], held[rank]);
    }

    /** From the very first start to the very last end. */
    public double makespan() {
        return Arrays.stream(free).max().orElse(0);
    }

    /** The longest time from a rank's first start to its last end. */
    public double span() {
        double span = 0;
        for (int rank = 0; rank < free.length; rank++) {
            span = Math.max(span, free[rank] - firstStart[rank]);
        }
        return span;
    }

    /** The most memory that a rank holds at once. */
    public double peak(int rank) {
        return peak[rank];
    }
}
