package millrace.actors.plan;

import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import millrace.nn.model.Partition;
import millrace.nn.stage.Keep;

/**
 * What is computed a second time before backwards, instead of being held from forward to backward. The weights stay the same.
 *
 * @param stages of which all layers are
 * @param layers of the model that are, in other stages
 */
public record Recomputed(Set<Integer> stages, Set<Integer> layers) {
    /** Nothing is. */
    public static final Recomputed NOTHING = new Recomputed(Set.of(), Set.of());

    public Recomputed {
        stages = Set.copyOf(stages);
        layers = Set.copyOf(layers);
    }

    /** All layers of some stages. */
    public static Recomputed stages(Set<Integer> stages) {
        return new Recomputed(stages, Set.of());
    }

    /**
     * @throws IllegalArgumentException when the model has no such stage or layer
     */
    void check(Partition partition) {
        for (int stage : stages) {
            if (stage < 0 || stage >= partition.stages()) {
                throw new IllegalArgumentException("recompute: stage " + stage + " (expected: 0 to "
                        + (partition.stages() - 1) + ", the run has " + partition.stages() + " stages)");
            }
        }
        int all = partition.range(partition.stages() - 1).to();
        for (int layer : layers) {
            if (layer < 0 || layer >= all) {
                throw new IllegalArgumentException("recompute-layers: layer " + layer + " (expected: 0 to " + (all - 1)
                        + ", the network has " + all + " layers)");
            }
        }
    }

    /** Stages of which something is. */
    SortedSet<Integer> stagesOf(Partition partition) {
        return IntStream.range(0, partition.stages())
                .filter(stage -> stages.contains(stage)
                        || !layersOf(partition.range(stage)).isEmpty())
                .boxed()
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<Integer> layersOf(Partition.Range range) {
        return layers.stream()
                .filter(layer -> layer >= range.from() && layer < range.to())
                .collect(Collectors.toSet());
    }

    /** What a stage keeps that does second forwards: where its order alone says that it does, its input. */
    Keep keep(Partition partition, int stage) {
        Set<Integer> own = layersOf(partition.range(stage));
        return stages.contains(stage) || own.isEmpty() ? Keep.INPUT : Keep.allBut(own);
    }
}
