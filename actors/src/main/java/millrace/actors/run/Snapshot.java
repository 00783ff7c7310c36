package millrace.actors.run;

import java.util.ArrayList;
import java.util.List;
import millrace.nn.io.WeightsDigest;
import millrace.nn.model.NamedTensor;

/**
 * Copies of all that training changes, at one step.
 *
 * @param step batches done, which without a stream are as many optimizer steps
 * @param weights parameters in layer order, weight before bias
 * @param optimizerState the optimizer's buffers, and what else a stream needs to go on ({@link StreamSnapshots})
 */
public record Snapshot(long step, List<NamedTensor> weights, List<NamedTensor> optimizerState) {
    /** Snapshots of the stages, put together in the order of the line. */
    public static Snapshot joined(List<Snapshot> stages) {
        List<NamedTensor> weights = new ArrayList<>();
        List<NamedTensor> states = new ArrayList<>();
        for (Snapshot stage : stages) {
            weights.addAll(stage.weights());
            states.addAll(stage.optimizerState());
        }
        return new Snapshot(stages.getFirst().step(), weights, states);
    }

    /** SHA-256 over all parameters, little-endian float32 in PyTorch's shapes. */
    public String weightsSha256() {
        return WeightsDigest.of(weights.stream().map(NamedTensor::tensor).toList());
    }
}
