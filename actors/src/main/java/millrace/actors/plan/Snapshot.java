package millrace.actors.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import millrace.nn.io.WeightsDigest;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.model.Model;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;

/**
 * Copies of all that training changes, at one step.
 *
 * @param step batches done, which without a stream are as many optimizer steps
 * @param weights parameters in layer order, weight before bias
 * @param optimizerState the optimizer's buffers, and what else a stream needs to go on ({@link StreamTerms})
 * @param progress how far the course has come
 * @param gradients of the parameters, by their names, as the last step used them; empty where nobody asked. They are not
 *     saved: nothing goes on from them
 */
public record Snapshot(
        long step,
        List<NamedTensor> weights,
        List<NamedTensor> optimizerState,
        CourseState progress,
        List<NamedTensor> gradients) {
    /** Without gradients. */
    public Snapshot(long step, List<NamedTensor> weights, List<NamedTensor> optimizerState, CourseState progress) {
        this(step, weights, optimizerState, progress, List.of());
    }

    /** Of a stage, which knows nothing of the course. */
    public Snapshot(long step, List<NamedTensor> weights, List<NamedTensor> optimizerState) {
        this(step, weights, optimizerState, CourseState.NONE);
    }

    /** The same with what the course knows. */
    public Snapshot with(CourseState known) {
        return new Snapshot(step, weights, optimizerState, known, gradients);
    }

    /** The same with gradients. */
    public Snapshot withGradients(List<NamedTensor> found) {
        return new Snapshot(step, weights, optimizerState, progress, found);
    }

    /** The weights of a checkpoint, in the order of the model's layers; anything else in it is left out. */
    public static Snapshot of(Model model, long step, Map<String, Tensor> tensors) {
        List<NamedTensor> weights = new ArrayList<>();
        for (int layer = 0; layer < model.layers().size(); layer++) {
            List<ParameterSpec> saved = new ArrayList<>(model.parameters(layer));
            saved.addAll(model.buffers(layer));
            for (ParameterSpec parameter : saved) {
                String name = layer + "." + parameter.name();
                Tensor tensor = tensors.get(name);
                if (tensor == null) {
                    throw new IllegalArgumentException(
                            "checkpoint: no tensor " + name + " (expected: all weights); is it of another model?");
                }
                weights.add(new NamedTensor(name, tensor));
            }
        }
        return new Snapshot(step, weights, List.of());
    }

    /** Snapshots of the stages, put together in the order of the line. */
    public static Snapshot joined(List<Snapshot> stages) {
        List<NamedTensor> weights = new ArrayList<>();
        List<NamedTensor> states = new ArrayList<>();
        List<NamedTensor> gradients = new ArrayList<>();
        for (Snapshot stage : stages) {
            gradients.addAll(stage.gradients());
            weights.addAll(stage.weights());
            states.addAll(stage.optimizerState());
        }
        return new Snapshot(stages.getFirst().step(), weights, states).withGradients(gradients);
    }

    /** SHA-256 over all parameters, little-endian float32 in PyTorch's shapes. */
    public String weightsSha256() {
        return WeightsDigest.of(weights.stream().map(NamedTensor::tensor).toList());
    }
}
