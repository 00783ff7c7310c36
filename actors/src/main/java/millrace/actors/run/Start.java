package millrace.actors.run;

import java.util.Map;
import millrace.nn.tensor.Tensor;

/**
 * Where a run begins.
 *
 * @param step batches done before
 * @param tensors weights by name, with all that a {@link Snapshot} has where a run goes on; empty for fresh weights
 * @param progress how far the course had come
 */
public record Start(long step, Map<String, Tensor> tensors, Progress progress) {
    /** Fresh weights drawn from the seed. */
    public static final Start FRESH = new Start(0, Map.of());

    /** With a new course. */
    public Start(long step, Map<String, Tensor> tensors) {
        this(step, tensors, Progress.NONE);
    }
}
