package millrace.schedule.auto;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import millrace.schedule.Action;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.Schedule;
import millrace.schedule.auto.PlanRequest.Recomputing;

/** Finds the stages that recompute so that each rank has room for what it holds: none, or those of its own that take least time. */
final class Room {
    /** Stages of a rank of which every subset is tried. */
    private static final int FEW_STAGES = 6;

    private final Schedule schedule;
    private final Set<Integer> holding;
    private final List<StageCost> plain;
    private final List<StageCost> recomputing;
    private final double limit;
    private final boolean may;
    private final SortedSet<Integer> recomputed = new TreeSet<>();

    /**
     * @param holding stages for which it is worth while
     * @param plain what stages take and hold that keep what their backwards read
     * @param recomputing the same of stages that do their forwards twice
     */
    Room(
            Schedule schedule,
            Set<Integer> holding,
            List<StageCost> plain,
            List<StageCost> recomputing,
            PlanRequest request) {
        this.schedule = schedule;
        this.holding = holding;
        this.plain = plain;
        this.recomputing = recomputing;
        this.limit = request.memoryLimit();
        this.may = request.recomputation() != Recomputing.NEVER;
    }

    /** The stages that have to recompute for the ranks that were asked about. */
    SortedSet<Integer> recomputed() {
        return recomputed;
    }

    /**
     * Chooses for one rank.
     *
     * @param constant bytes that it has whatever it works on
     * @return bytes that it needs; above the limit when it cannot fit
     */
    double make(int rank, double constant) {
        List<Action> order = schedule.actions(rank);
        double needed = constant + RankMemory.peak(order, _ -> false, plain::get);
        if (needed <= limit || !may) {
            return needed;
        }
        List<Integer> own = schedule.placement().stagesOf(rank).stream()
                .filter(holding::contains)
                .toList();
        for (Set<Integer> choice : choices(own)) {
            double bytes = constant
                    + RankMemory.peak(
                            order,
                            choice::contains,
                            stage -> (choice.contains(stage) ? recomputing : plain).get(stage));
            if (bytes <= limit) {
                recomputed.addAll(choice);
                return bytes;
            }
            needed = Math.min(needed, bytes);
        }
        return needed;
    }

    /** Sets of some of these stages, those first that take least time to recompute; of many stages the cheapest ones only. */
    private List<Set<Integer>> choices(List<Integer> stages) {
        Comparator<Integer> cheapest =
                Comparator.comparingDouble(stage -> plain.get(stage).recompute());
        List<Set<Integer>> choices = new ArrayList<>();
        if (stages.size() > FEW_STAGES) {
            List<Integer> sorted = stages.stream().sorted(cheapest).toList();
            for (int count = 1; count <= sorted.size(); count++) {
                choices.add(new TreeSet<>(sorted.subList(0, count)));
            }
            return choices;
        }
        for (int bits = 1; bits < 1 << stages.size(); bits++) {
            Set<Integer> choice = new TreeSet<>();
            for (int i = 0; i < stages.size(); i++) {
                if ((bits >> i & 1) == 1) {
                    choice.add(stages.get(i));
                }
            }
            choices.add(choice);
        }
        choices.sort(Comparator.comparingDouble(choice -> choice.stream()
                .mapToDouble(stage -> plain.get(stage).recompute())
                .sum()));
        return choices;
    }
}
