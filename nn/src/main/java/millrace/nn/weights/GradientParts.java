package millrace.nn.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Parameter;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;

/**
 * The gradients of a stage, cut up for the sum over the replicas of a line. Neighbouring layers are taken together to
 * buckets of some size, the last layers first, as the last backward makes them. Each bucket is cut into as many parts as
 * there are replicas, and each part belongs to one of them, which adds up what all have of it. Parts have as many
 * elements as is possible: over the whole stage no replica's have more than one element more than another's.
 *
 * <p>What is exchanged are the elements of PyTorch's shapes, without the padding of rows.
 */
public final class GradientParts {
    // a message of 256 KiB: small layers share one, and a large one is a good way below the largest frame
    private static final long BUCKET_ELEMENTS = 1 << 16;

    private final List<Bucket> buckets;
    private final TensorPool memory;

    /**
     * Layers whose gradients are exchanged together.
     *
     * @param parameters of these layers, in layer order
     * @param cuts where each part begins, in elements, and the end of the last
     */
    private record Bucket(List<Parameter> parameters, List<Long> cuts) {
        private int lowestLayer() {
            return parameters.getFirst().layer();
        }

        private int elements(int part) {
            return Math.toIntExact(cuts.get(part + 1) - cuts.get(part));
        }
    }

    @FunctionalInterface
    private interface RangeUse {
        /**
         * @param from of the elements of the parameter, without padding
         * @param at where the range begins in the part
         */
        void range(Parameter parameter, long from, long to, long at);
    }

    /**
     * The gradients of one stage.
     *
     * @param arena where parts live that are on their way
     * @param parameters of the stage in layer order
     * @param replicas of the line; 2 or more
     * @param unacknowledged messages that a network may still hold although their receivers have used them
     */
    public GradientParts(Arena arena, List<Parameter> parameters, int replicas, int unacknowledged) {
        this(arena, parameters, replicas, unacknowledged, BUCKET_ELEMENTS);
    }

    GradientParts(Arena arena, List<Parameter> parameters, int replicas, int unacknowledged, long bucketElements) {
        this.buckets = buckets(parameters, replicas, bucketElements);
        long largest = 1;
        for (Bucket bucket : buckets) {
            for (int part = 0; part < replicas; part++) {
                largest = Math.max(largest, bucket.elements(part));
            }
        }
        // of each bucket a share for each replica, and the sum: a step's are all back before the next one's are made
        int limit = buckets.size() * (replicas + 1) + unacknowledged;
        this.memory = new TensorPool("parts of a stage's gradients", arena, largest, limit);
    }

    private static List<Bucket> buckets(List<Parameter> parameters, int replicas, long enough) {
        List<Bucket> buckets = new ArrayList<>();
        int turn = 0;
        int end = parameters.size();
        long elements = 0;
        for (int i = end - 1; i >= 0; i--) {
            elements += parameters.get(i).shape().size();
            boolean layerEnds =
                    i == 0 || parameters.get(i - 1).layer() != parameters.get(i).layer();
            if (layerEnds && (elements >= enough || i == 0)) {
                buckets.add(new Bucket(List.copyOf(parameters.subList(i, end)), cuts(elements, replicas, turn)));
                turn = (int) ((turn + elements) % replicas);
                end = i;
                elements = 0;
            }
        }
        return List.copyOf(buckets);
    }

    /**
     * @param turn the first of the replicas that get an element more than the others
     */
    private static List<Long> cuts(long elements, int replicas, int turn) {
        List<Long> cuts = new ArrayList<>();
        long cut = 0;
        for (int part = 0; part < replicas; part++) {
            cuts.add(cut);
            boolean more = Math.floorMod(part - turn, replicas) < elements % replicas;
            cut += elements / replicas + (more ? 1 : 0);
        }
        cuts.add(cut);
        return List.copyOf(cuts);
    }

    /** Number of buckets; 0 where the stage has no weights. */
    public int buckets() {
        return buckets.size();
    }

    /** The bucket that is complete when a layer's gradients are and those of all layers behind it; empty where none is. */
    public OptionalInt completedBy(int layer) {
        for (int i = 0; i < buckets.size(); i++) {
            if (buckets.get(i).lowestLayer() == layer) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    /** A copy of a part of a bucket as this replica has it, with one hold. */
    public Tensor share(int bucket, int part) {
        Tensor share = take(bucket, part);
        each(
                bucket,
                part,
                (parameter, from, to, at) -> parameter.packRange(parameter.gradient(), from, to, share.memory(), at));
        return share;
    }

    private Tensor take(int bucket, int part) {
        return memory.take(ElementType.F32, Shape.of(buckets.get(bucket).elements(part)));
    }

    /**
     * The sum of all replicas' shares of a part, first replica to last, with one hold; the caller keeps the shares' holds.
     *
     * @throws IllegalArgumentException when a share has another size: another model's
     */
    public Tensor sum(Kernels kernels, int bucket, int part, List<Tensor> ofReplicas) {
        ofReplicas.forEach(share -> requireSize(bucket, part, share));
        Tensor sum = take(bucket, part);
        MemorySegment before = ofReplicas.getFirst().memory();
        for (Tensor share : ofReplicas.subList(1, ofReplicas.size())) {
            kernels.add(before, share.memory(), sum.memory(), sum.shape().size());
            before = sum.memory();
        }
        return sum;
    }

    /**
     * Makes a part of the gradients the sum over all replicas; the caller keeps the tensor's hold.
     *
     * @throws IllegalArgumentException when it has another size: another model's
     */
    public void accept(int bucket, int part, Tensor sum) {
        requireSize(bucket, part, sum);
        each(
                bucket,
                part,
                (parameter, from, to, at) ->
                        parameter.unpackRange(sum.memory(), at, parameter.gradientMemory(), from, to));
    }

    private void requireSize(int bucket, int part, Tensor tensor) {
        int elements = buckets.get(bucket).elements(part);
        if (tensor.shape().size() != elements) {
            throw new IllegalArgumentException("part of a stage's gradients: " + tensor.shape() + " (expected: "
                    + elements + " elements, as this replica has)");
        }
    }

    /** The parameters that a part has elements of. */
    private void each(int bucket, int part, RangeUse use) {
        Bucket of = buckets.get(bucket);
        long first = of.cuts().get(part);
        long end = of.cuts().get(part + 1);
        long begin = 0;
        for (Parameter parameter : of.parameters()) {
            long size = parameter.shape().size();
            long from = Math.max(first, begin);
            long to = Math.min(end, begin + size);
            if (from < to) {
                use.range(parameter, from - begin, to - begin, from - first);
            }
            begin += size;
        }
    }

    /** Where parts come from, for the leak check. */
    public TensorPool pool() {
        return memory;
    }
}
