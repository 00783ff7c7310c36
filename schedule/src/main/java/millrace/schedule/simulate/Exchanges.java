package millrace.schedule.simulate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;
import millrace.schedule.Sequencer;
import millrace.schedule.timeline.Timeline.Exchange;

/**
 * When the replicas of a line add up their gradients. The ranks that hold a stage begin when all of them have done its last
 * backward, and are through together. A rank exchanges one stage after the other, those that are complete first first, and
 * goes on computing meanwhile.
 */
final class Exchanges {
    private Exchanges() {}

    /**
     * Those of a batch, stage by stage in the order in which they begin; none where the line exists once, or they cost nothing.
     *
     * @param ends of each rank's actions
     * @param cost time that a rank needs for all stages that it holds of a replica
     */
    static List<Exchange> of(Schedule schedule, List<Sequencer> orders, double[][] ends, double cost) {
        Placement placement = schedule.placement();
        if (cost == 0 || placement.replicas().size() == 1) {
            return List.of();
        }
        double[] complete = new double[schedule.stages()];
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            for (int position = 0; position < ends[rank].length; position++) {
                Action action = orders.get(rank).action(position);
                if (action.kind() == Kind.B || action.kind() == Kind.W) {
                    complete[action.stage()] = Math.max(complete[action.stage()], ends[rank][position]);
                }
            }
        }
        double ofStage = cost / placement.chunks();
        double[] free = new double[schedule.ranks()];
        List<Exchange> exchanges = new ArrayList<>();
        IntStream.range(0, schedule.stages())
                .boxed()
                .sorted(Comparator.comparingDouble(stage -> complete[stage]))
                .forEach(stage -> {
                    double start = complete[stage];
                    for (int rank : placement.ranksOf(stage)) {
                        start = Math.max(start, free[rank]);
                    }
                    for (int rank : placement.ranksOf(stage)) {
                        free[rank] = start + ofStage;
                        exchanges.add(new Exchange(rank, stage, start, free[rank]));
                    }
                });
        return List.copyOf(exchanges);
    }
}
