package millrace.nn.model;

import java.util.ArrayList;
import java.util.List;
import millrace.nn.layer.Branch;
import millrace.nn.layer.Layer;

/**
 * A model cut into stages: stage s holds the layers from {@code starts[s]} up to the next start. Cuts are made only
 * before layers with weights, so an activation function stays with the layer it follows; a fork goes with the layer behind it.
 *
 * @param starts first layer of each stage, ascending, the first 0
 * @param layers number of layers of the whole model
 */
public record Partition(List<Integer> starts, int layers) {
    /** Copies the list. */
    public Partition {
        starts = List.copyOf(starts);
    }

    /** One layer run of a stage: layers {@code from} (inclusive) to {@code to} (exclusive). */
    public record Range(int from, int to) {}

    /** Number of stages. */
    public int stages() {
        return starts.size();
    }

    /** The layers of a stage, counted from 0. */
    public Range range(int stage) {
        return new Range(starts.get(stage), stage + 1 < starts.size() ? starts.get(stage + 1) : layers);
    }

    /** The whole model as one stage. */
    public static Partition whole(Model model) {
        return new Partition(List.of(0), model.layers().size());
    }

    /**
     * Cuts the model so that the stage with the most work has as little as possible (dynamic program over the layers
     * with weights, as PipeDream's partitioner without replication, SOSP'19). A layer's work is estimated by its
     * {@linkplain Layer#multiplications multiplications}, once each for forward, backward-weight and, but for the first
     * layer, backward-input.
     *
     * @throws IllegalArgumentException when the model has fewer layers with weights than {@code stages}
     */
    public static Partition balanced(Model model, int stages) {
        int most = Math.max(1, model.layersWithWeights());
        if (stages < 1 || stages > most) {
            throw new IllegalArgumentException("stages: " + stages + " (expected: "
                    + (stages < 1
                            ? "1 or more"
                            : "at most " + most + ", the model has " + most + (most == 1 ? " layer" : " layers")
                                    + " with weights")
                    + "); " + (stages < 1 ? "raise" : "lower") + " --stages" + (stages < 1 ? "" : " or add layers"));
        }
        List<Integer> starts = starts(model);
        List<Long> work = new ArrayList<>();
        for (int i = 0; i < model.layers().size(); i++) {
            if (model.hasWeights(i)) {
                work.add(model.multiplications(i) * (work.isEmpty() ? 2 : 3));
            }
        }
        if (work.isEmpty()) {
            return whole(model);
        }
        return new Partition(
                cuts(work, stages).stream().map(starts::get).toList(),
                model.layers().size());
    }

    /** The layers that may begin a stage, ascending, the first 0. */
    public static List<Integer> starts(Model model) {
        List<Integer> starts = new ArrayList<>(List.of(0));
        boolean first = true;
        for (int i = 0; i < model.layers().size(); i++) {
            if (model.hasWeights(i)) {
                if (!first) {
                    starts.add(beforeForks(model, i));
                }
                first = false;
            }
        }
        return starts;
    }

    /**
     * Cuts the model by hand.
     *
     * @param counts for each stage, from the first on, how many layers it holds
     * @throws IllegalArgumentException when they do not add up to the layers of the model, or a stage would begin where none may
     */
    public static Partition of(Model model, List<Integer> counts) {
        List<Integer> possible = starts(model);
        List<Integer> starts = new ArrayList<>();
        int layers = model.layers().size();
        long from = 0;
        for (int count : counts) {
            if (count < 1) {
                throw new IllegalArgumentException(
                        "layout: a stage of " + count + " layers (expected: 1 or more for each stage)");
            }
            if (from < layers && !possible.contains((int) from)) {
                throw new IllegalArgumentException("layout: stage " + starts.size() + " begins with layer " + from
                        + " (expected: one of " + possible + ", a stage begins with a layer that has weights)");
            }
            starts.add((int) Math.min(from, layers));
            from += count;
        }
        if (from != layers) {
            throw new IllegalArgumentException("layout: " + from + " layers in " + counts.size() + " stages (expected: "
                    + layers + ", the layers of the model, as millrace summary lists them)");
        }
        return new Partition(starts, layers);
    }

    /** Behind a fork the same tensor would be sent twice. */
    private static int beforeForks(Model model, int layer) {
        int start = layer;
        while (model.layers().get(start - 1) == Branch.FORK) {
            start--;
        }
        return start;
    }

    /** Indices where the groups begin when {@code work} is cut into {@code groups} with the smallest maximum. */
    private static List<Integer> cuts(List<Long> work, int groups) {
        int n = work.size();
        long[] before = new long[n + 1];
        for (int i = 0; i < n; i++) {
            before[i + 1] = before[i] + work.get(i);
        }
        // best[g][i]: smallest possible maximum when the first i items form g groups; last[g][i]: start of the g-th
        long[][] best = new long[groups + 1][n + 1];
        int[][] last = new int[groups + 1][n + 1];
        for (int g = 1; g <= groups; g++) {
            for (int i = g; i <= n; i++) {
                best[g][i] = Long.MAX_VALUE;
                for (int start = g - 1; start < i; start++) {
                    if (g == 1 && start > 0) {
                        break;
                    }
                    long most = Math.max(best[g - 1][start], before[i] - before[start]);
                    if (most < best[g][i]) {
                        best[g][i] = most;
                        last[g][i] = start;
                    }
                }
            }
        }
        List<Integer> result = new ArrayList<>();
        for (int g = groups, end = n; g > 0; end = last[g][end], g--) {
            result.addFirst(last[g][end]);
        }
        return result;
    }
}
