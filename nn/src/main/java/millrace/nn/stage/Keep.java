package millrace.nn.stage;

import java.util.Set;

/**
 * What a run of layers keeps of a micro-batch from its forward to its backward. Layers whose activations are not kept do a second
 * forward before the backward ({@link LayerRun#recompute}), to the same bits as long as the weights are those of the first (Chen, Xu,
 * Zhang and Guestrin 2016). Of neighbouring layers that do, the input of the first alone is kept.
 *
 * @param nothing whether no layer's activations are kept
 * @param recomputed layers of the model whose activations are not kept, where those of others are
 */
public record Keep(boolean nothing, Set<Integer> recomputed) {
    /** What the backward reads. */
    public static final Keep ACTIVATIONS = new Keep(false, Set.of());

    /** The run's input alone. */
    public static final Keep INPUT = new Keep(true, Set.of());

    public Keep {
        recomputed = Set.copyOf(recomputed);
    }

    /** What the backward reads, but for some layers of the model. */
    public static Keep allBut(Set<Integer> layers) {
        return new Keep(false, layers);
    }

    /** Whether a layer of the model does a second forward. */
    public boolean recomputes(int layer) {
        return nothing || recomputed.contains(layer);
    }
}
