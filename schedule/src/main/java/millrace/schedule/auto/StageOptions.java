package millrace.schedule.auto;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.auto.PlanRequest.Recomputing;
import org.jspecify.annotations.Nullable;

/**
 * How a stage may recompute, and what it takes and holds then: all of its layers, or, where layers are chosen one by one, all sets of
 * layers of which no other is as fast and holds as little, before the second forward and after it. That is the knapsack of AdaPipe
 * (Sun et al., ASPLOS 2024), by a dynamic program over the layers; of neighbours that recompute the input of the first alone is held.
 */
final class StageOptions {
    /** Ways that are told apart; of more, those that hold a thousandth of the limit more are taken for as good. */
    private static final int MOST = 1_000;

    private final LayerSums sums;
    private final PlanRequest request;
    private final Map<Stage, List<Option>> known = new HashMap<>();

    private record Stage(int from, int to, double speed) {}

    /**
     * One way.
     *
     * @param layers that recompute, one or more
     * @param cost of the stage then
     */
    record Option(SortedSet<Integer> layers, StageCost cost) {}

    StageOptions(LayerSums sums, PlanRequest request) {
        this.sums = sums;
        this.request = request;
    }

    /** The ways of a stage on a rank of some speed, the fastest first; none where nothing may recompute, or has to. */
    List<Option> of(int from, int to, double speed) {
        boolean needless = request.memoryLimit() == Double.POSITIVE_INFINITY;
        if (needless || request.recomputation() == Recomputing.NEVER) {
            return List.of();
        }
        return known.computeIfAbsent(new Stage(from, to, speed), this::options);
    }

    private List<Option> options(Stage stage) {
        List<SortedSet<Integer>> sets =
                request.byLayer() ? sets(stage.from(), stage.to()) : List.of(all(stage.from(), stage.to()));
        boolean apart = request.recomputation() == Recomputing.APART;
        return sets.stream()
                .map(layers ->
                        new Option(layers, sums.recomputing(stage.from(), stage.to(), stage.speed(), apart, layers)))
                .toList();
    }

    private static SortedSet<Integer> all(int from, int to) {
        return new TreeSet<>(IntStream.range(from, to).boxed().toList());
    }

    /**
     * The first layers of a stage, some of which recompute.
     *
     * @param time of second forwards
     * @param held bytes of each micro-batch from F on
     * @param inputs bytes of those that are held for second forwards alone
     * @param again whether the last one recomputes
     */
    private record Begun(
            double time,
            double held,
            double inputs,
            boolean again,
            int layer,
            @Nullable Begun before) {
        boolean isAsGoodAs(Begun other, double unit) {
            return time <= other.time && held <= other.held + unit && inputs <= other.inputs + unit;
        }
    }

    private List<SortedSet<Integer>> sets(int from, int to) {
        List<Begun> begun = List.of(new Begun(0, 0, 0, false, -1, null));
        for (int layer = from; layer < to; layer++) {
            List<Begun> kept = new ArrayList<>();
            List<Begun> again = new ArrayList<>();
            for (Begun before : begun) {
                double held = before.held() + sums.kept(layer);
                kept.add(new Begun(before.time(), held, before.inputs(), false, layer, before));
                double input = before.again() ? 0 : sums.input(layer);
                again.add(new Begun(
                        before.time() + sums.forward(layer),
                        before.held() + input,
                        before.inputs() + input,
                        true,
                        layer,
                        before));
            }
            begun = new ArrayList<>(undominated(kept));
            begun.addAll(undominated(again));
        }
        List<SortedSet<Integer>> sets = new ArrayList<>(undominated(begun).stream()
                .map(StageOptions::layers)
                .filter(layers -> !layers.isEmpty())
                .toList());
        // counted in thousandths it could have been left out, and what fits by whole stages fits by layers too
        if (sets.isEmpty() || !sets.getLast().equals(all(from, to))) {
            sets.add(all(from, to));
        }
        return sets;
    }

    /** Those of which no other is as fast and holds as little, the fastest first. */
    private List<Begun> undominated(List<Begun> all) {
        all.sort(Comparator.comparingDouble(Begun::time).thenComparingDouble(Begun::held));
        double unit = all.size() > 2 * MOST ? request.memoryLimit() / MOST : 0;
        List<Begun> found = new ArrayList<>();
        for (Begun one : all) {
            if (found.stream().noneMatch(other -> other.isAsGoodAs(one, unit))) {
                found.add(one);
            }
        }
        return found;
    }

    private static SortedSet<Integer> layers(Begun last) {
        SortedSet<Integer> layers = new TreeSet<>();
        for (Begun begun = last; begun != null; begun = begun.before()) {
            if (begun.again()) {
                layers.add(begun.layer());
            }
        }
        return Collections.unmodifiableSortedSet(layers);
    }
}
