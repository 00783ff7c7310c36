package millrace.nn.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Supplier;
import millrace.nn.layer.Parameter;

/**
 * The weights that a stage evaluates data sets with while it trains on: those that were the newest when they were held. No
 * copy of them is made; the next step, which would have changed them in place, is made in other memory. What layers
 * save beside their parameters, such as running means, is small and changes with every micro-batch: it is copied. One
 * thread at a time.
 */
public final class EvaluationWeights {
    private final StageWeights weights;
    private final List<Parameter> buffers;
    private final List<MemorySegment> trained;
    private final List<MemorySegment> copies;

    /**
     * Those of a stage; none are held yet.
     *
     * @param arena where the copies live
     * @param buffers what layers save beside their parameters
     */
    public EvaluationWeights(Arena arena, StageWeights weights, List<Parameter> buffers) {
        this.weights = weights;
        this.buffers = List.copyOf(buffers);
        this.trained = buffers.stream().map(Parameter::value).toList();
        this.copies = buffers.stream().map(buffer -> buffer.allocate(arena)).toList();
    }

    /**
     * Holds the newest weights, until they are released.
     *
     * @throws IllegalStateException when others are held
     */
    public void hold() {
        weights.versions().hold();
        for (int i = 0; i < copies.size(); i++) {
            copies.get(i).copyFrom(trained.get(i));
        }
    }

    /**
     * Lets the layers have what is held for a pass, and then the newest weights again.
     *
     * @return the result of the pass
     */
    public <T> T during(Supplier<T> pass) {
        weights.versions().useHeld();
        show(copies);
        try {
            return pass.get();
        } finally {
            show(trained);
            weights.useNewest();
        }
    }

    private void show(List<MemorySegment> values) {
        for (int i = 0; i < buffers.size(); i++) {
            buffers.get(i).use(values.get(i));
        }
    }

    /** Gives up what is held. */
    public void release() {
        weights.versions().release();
    }

    /** Whether a version was ever kept for evaluations alone: then they have taken the memory of one more version. */
    public boolean hasTakenMemory() {
        return weights.versions().wasHeldApart();
    }
}
