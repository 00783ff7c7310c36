package millrace.actors.run;

import java.util.Map;
import millrace.nn.tensor.Tensor;

/**
 * Where a run begins.
 *
 * @param step optimizer steps made before
 * @param tensors weights by name, with the optimizer's buffers where a run goes on; empty for fresh weights
 */
public record Start(long step, Map<String, Tensor> tensors) {
    /** Fresh weights drawn from the seed. */
    public static final Start FRESH = new Start(0, Map.of());
}
