package millrace.schedule.auto;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import millrace.schedule.Action;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.auto.StageOptions.Option;

/**
 * Finds what has to recompute so that each rank has room for what it holds: nothing, or that of its own stages which takes least
 * time. Of a rank with several stages that may recompute in many ways only some are tried, the one that holds least among them.
 */
final class Room {
    /** Ways to recompute on a rank of several stages that are all tried. */
    private static final int MOST_CHOICES = 100;

    private final Ordered order;
    private final List<StageCost> plain;
    private final IntFunction<List<Option>> options;
    private final double limit;
    private final SortedMap<Integer, Option> chosen = new TreeMap<>();

    /**
     * @param order of ranks
     * @param plain what stages take and hold that keep what their backwards read
     * @param options how a stage may recompute, the fastest way first
     * @param limit bytes that a rank may hold
     */
    Room(Ordered order, List<StageCost> plain, IntFunction<List<Option>> options, double limit) {
        this.order = order;
        this.plain = plain;
        this.options = options;
        this.limit = limit;
    }

    /** How the stages recompute that have to, for the ranks that were asked about. */
    SortedMap<Integer, Option> chosen() {
        return chosen;
    }

    /**
     * Chooses for one rank.
     *
     * @param constant bytes that it has whatever it works on
     * @return bytes that it needs; above the limit when it cannot fit
     */
    double make(int rank, double constant) {
        List<Action> actions = order.schedule().actions(rank);
        double needed = constant + RankMemory.peak(actions, _ -> false, plain::get);
        if (needed <= limit) {
            return needed;
        }
        List<Integer> own = order.schedule().placement().stagesOf(rank).stream()
                .filter(stage ->
                        order.holding().contains(stage) && !options.apply(stage).isEmpty())
                .toList();
        for (Map<Integer, Option> choice : choices(own)) {
            double bytes = constant
                    + RankMemory.peak(
                            actions,
                            choice::containsKey,
                            stage -> choice.containsKey(stage)
                                    ? choice.get(stage).cost()
                                    : plain.get(stage));
            if (bytes <= limit) {
                // where another rank has the stage too, that which holds less does for both
                choice.forEach((stage, option) -> chosen.merge(
                        stage,
                        option,
                        (one, other) -> other.cost().inputMemory() < one.cost().inputMemory() ? other : one));
                return bytes;
            }
            needed = Math.min(needed, bytes);
        }
        return needed;
    }

    /** Ways of some stages, those first that take least time; where there are too many, only some of each stage's are taken. */
    private List<Map<Integer, Option>> choices(List<Integer> stages) {
        int ofEach = stages.size() <= 1 ? Integer.MAX_VALUE : (int) Math.pow(MOST_CHOICES, 1.0 / stages.size()) - 1;
        if (ofEach < 1) {
            return cheapestFirst(stages);
        }
        List<Map<Integer, Option>> choices = new ArrayList<>();
        choices.add(Map.of());
        for (int stage : stages) {
            List<Map<Integer, Option>> more = new ArrayList<>(choices);
            for (Map<Integer, Option> choice : choices) {
                for (Option option : some(options.apply(stage), ofEach)) {
                    Map<Integer, Option> with = new HashMap<>(choice);
                    with.put(stage, option);
                    more.add(with);
                }
            }
            choices = more;
        }
        choices.removeIf(Map::isEmpty);
        choices.sort(Comparator.comparingDouble(choice -> choice.entrySet().stream()
                .mapToDouble(entry -> time(entry.getKey(), entry.getValue()))
                .sum()));
        return choices;
    }

    /** Of many stages those that take least time, as many as it needs, each in the way that holds least. */
    private List<Map<Integer, Option>> cheapestFirst(List<Integer> stages) {
        List<Integer> sorted = stages.stream()
                .sorted(Comparator.comparingDouble(
                        stage -> time(stage, options.apply(stage).getLast())))
                .toList();
        List<Map<Integer, Option>> choices = new ArrayList<>();
        Map<Integer, Option> chosenSoFar = new HashMap<>();
        for (int stage : sorted) {
            chosenSoFar.put(stage, options.apply(stage).getLast());
            choices.add(Map.copyOf(chosenSoFar));
        }
        return choices;
    }

    /** The way that holds least, and others at equal distances. */
    private static List<Option> some(List<Option> all, int most) {
        if (all.size() <= most) {
            return all;
        }
        List<Option> some = new ArrayList<>();
        for (int i = 1; i <= most; i++) {
            some.add(all.get((int) ((long) i * all.size() / most) - 1));
        }
        return some;
    }

    /** What recomputing makes an order's micro-batch longer by. */
    private double time(int stage, Option option) {
        StageCost cost = option.cost();
        return cost.recompute() + cost.backward() - plain.get(stage).backward();
    }
}
