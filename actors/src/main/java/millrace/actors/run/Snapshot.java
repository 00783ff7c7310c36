package millrace.actors.run;

import java.util.ArrayList;
import java.util.List;
import millrace.nn.io.WeightsDigest;
import millrace.nn.model.NamedTensor;

/**
 * Copies of all that training changes, at one step.
 *
 * @param step optimizer steps made
 * @param weights parameters in layer order, weight before bias
 * @param optimizerState the optimizer's buffers
 * @param progress how far the course has come
 */
public record Snapshot(long step, List<NamedTensor> weights, List<NamedTensor> optimizerState, Progress progress) {
    /** Of a stage, which knows nothing of the course. */
    public Snapshot(long step, List<NamedTensor> weights, List<NamedTensor> optimizerState) {
        this(step, weights, optimizerState, Progress.NONE);
    }

    /** The same with what the course knows. */
    Snapshot with(Progress known) {
        return new Snapshot(step, weights, optimizerState, known);
    }

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
