package millrace.schedule.auto;

/**
 * What a rank holds at most, in bytes.
 *
 * @param weights of its stages
 * @param gradients as much again
 * @param optimizer what the optimizer keeps beside them
 * @param versions further versions of the weights, and predictions, that a stream needs for what is in flight
 * @param activations what is held of micro-batches between their forwards and their last backwards
 * @param buffers error deltas, workspaces, rows that wait for a product, what is held at boundaries between stages and for the
 *     exchange of gradients
 */
public record RankBytes(
        double weights, double gradients, double optimizer, double versions, double activations, double buffers) {
    /** Nothing. */
    static final RankBytes NONE = new RankBytes(0, 0, 0, 0, 0, 0);

    /** All of it. */
    public double total() {
        return weights + gradients + optimizer + versions + activations + buffers;
    }

    RankBytes plus(RankBytes other) {
        return new RankBytes(
                weights + other.weights,
                gradients + other.gradients,
                optimizer + other.optimizer,
                versions + other.versions,
                activations + other.activations,
                buffers + other.buffers);
    }

    /** The same with further versions of the weights. */
    RankBytes withVersions(int further) {
        return new RankBytes(weights, gradients, optimizer, versions + further * weights, activations, buffers);
    }

    /** The same with so many bytes of activations. */
    RankBytes holding(double bytes) {
        return new RankBytes(weights, gradients, optimizer, versions, bytes, buffers);
    }
}
