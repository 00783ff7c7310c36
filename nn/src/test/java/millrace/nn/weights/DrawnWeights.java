package millrace.nn.weights;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.layer.Parameter;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.stage.LayerRun;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Tensor;

/** Weights of a model as a run begins with them, and running means as if there had been batches. */
public final class DrawnWeights {
    private DrawnWeights() {}

    /** Parameters, then running means, which are other than those that they begin with. */
    public static List<NamedTensor> of(Model model, long seed) {
        try (LayerRun run = new LayerRun(
                model,
                Partition.whole(model).range(0),
                1,
                seed,
                1,
                Backend.fast().float32())) {
            run.buffers().forEach(DrawnWeights::moveOn);
            return Stream.concat(run.parameters().stream(), run.buffers().stream())
                    .map(parameter -> {
                        Tensor copy = Tensor.zeros(Arena.ofAuto(), ElementType.F32, parameter.shape());
                        parameter.pack(parameter.value(), copy.memory());
                        return new NamedTensor(parameter.name(), copy);
                    })
                    .toList();
        }
    }

    private static void moveOn(Parameter buffer) {
        for (int i = 0; i < buffer.elements(); i++) {
            float value = buffer.value().getAtIndex(JAVA_FLOAT, i);
            buffer.value().setAtIndex(JAVA_FLOAT, i, value + (i + 1) / 8f);
        }
    }
}
