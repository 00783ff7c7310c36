package millrace.nn.weights;

import java.lang.foreign.Arena;
import java.util.List;
import millrace.nn.layer.RunningStatistics;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;

/**
 * The running statistics of a stage where the line has replicas, each of which sees other micro-batches. What they give is
 * gathered, and before an optimizer step all replicas follow the micro-batches of all: those of the first replica, then those
 * of the second, and so on. So they stay equal to the bit.
 */
public final class StageStatistics {
    private final List<RunningStatistics> layers;
    private final long ofMicroBatch;
    private final TensorPool memory;

    /**
     * Those of one stage, which are gathered from now on.
     *
     * @param arena where shares live
     * @param layers those of the stage that have any
     * @param microBatches the most that are gathered for a step
     * @param unacknowledged messages that a network may still hold although their receivers have used them
     */
    public StageStatistics(Arena arena, List<RunningStatistics> layers, int microBatches, int unacknowledged) {
        this.layers = List.copyOf(layers);
        this.ofMicroBatch =
                layers.stream().mapToLong(RunningStatistics::elements).sum();
        // another replica may still have to follow the share before, because it waits for a third one's
        this.memory =
                new TensorPool("running statistics of a stage", arena, ofMicroBatch * microBatches, 2 + unacknowledged);
        layers.forEach(RunningStatistics::gather);
    }

    /** Whether no layer of the stage has any. */
    public boolean isEmpty() {
        return layers.isEmpty();
    }

    /** Takes what was gathered since the last call, layer after layer; with one hold. */
    public Tensor share() {
        long elements = layers.stream()
                .mapToLong(layer -> layer.gathered() * layer.elements())
                .sum();
        Tensor share = memory.take(ElementType.F32, Shape.of(Math.toIntExact(elements)));
        long at = 0;
        for (RunningStatistics layer : layers) {
            long ofLayer = layer.gathered() * layer.elements();
            layer.take(share.memory(), at);
            at += ofLayer;
        }
        return share;
    }

    /**
     * Follows what all replicas have gathered for a step, the first replica first; the caller keeps the tensors' holds.
     *
     * @throws IllegalArgumentException when a share is that of no number of micro-batches: another model's
     */
    public void follow(List<Tensor> ofReplicas) {
        for (Tensor share : ofReplicas) {
            if (share.shape().size() % ofMicroBatch != 0) {
                throw new IllegalArgumentException(
                        "running statistics of a stage: " + share.shape() + " (expected: a multiple of " + ofMicroBatch
                                + " elements, as of this replica's micro-batches)");
            }
        }
        long ofLayersBefore = 0;
        for (RunningStatistics layer : layers) {
            boolean first = true;
            for (Tensor share : ofReplicas) {
                long microBatches = share.shape().size() / ofMicroBatch;
                long at = ofLayersBefore * microBatches;
                for (long i = 0; i < microBatches; i++) {
                    layer.follow(share.memory(), at + i * layer.elements(), first);
                    first = false;
                }
            }
            ofLayersBefore += layer.elements();
        }
    }

    /** Where shares come from, for the leak check. */
    public TensorPool pool() {
        return memory;
    }
}
