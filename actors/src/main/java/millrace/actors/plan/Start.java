package millrace.actors.plan;

import java.util.Map;
import java.util.Optional;
import millrace.nn.tensor.Tensor;

/**
 * Where a run begins.
 *
 * @param step batches done before
 * @param tensors weights by name, with all that a {@link Snapshot} has where a run goes on; empty for fresh weights
 * @param progress how far the course had come
 * @param best the best epoch so far, for a run that takes its weights back; empty where there is none, or where stages
 *     keep it
 */
public record Start(long step, Map<String, Tensor> tensors, CourseState progress, Optional<BestEpoch> best) {
    /** Fresh weights drawn from the seed. */
    public static final Start FRESH = new Start(0, Map.of());

    /** Without a best epoch. */
    public Start(long step, Map<String, Tensor> tensors, CourseState progress) {
        this(step, tensors, progress, Optional.empty());
    }

    /** With a new course. */
    public Start(long step, Map<String, Tensor> tensors) {
        this(step, tensors, CourseState.NONE);
    }
}
