package millrace.actors.run;

import java.util.Map;
import millrace.nn.tensor.Tensor;

/**
 * Where a run begins.
 *
 * @param step batches done before
 * @param tensors weights by name, with all that a {@link Snapshot} has where a run goes on; empty for fresh weights
 */
public record Start(long step, Map<String, Tensor> tensors) {
    /** Fresh weights drawn from the seed. */
    public static final Start FRESH = new Start(0, Map.of());
}
