package millrace.actors.rank;

import java.util.List;
import millrace.actors.plan.Snapshot;
import millrace.nn.weights.NamedTensor;

/** One stage's part of a snapshot of the run. */
public record StageSnapshot(int stage, Snapshot snapshot) {
    /** The same with the gradients that its last step used. */
    StageSnapshot with(List<NamedTensor> gradients) {
        return new StageSnapshot(stage, snapshot.withGradients(gradients));
    }
}
