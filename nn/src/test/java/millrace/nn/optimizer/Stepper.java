package millrace.nn.optimizer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import millrace.nn.backend.Backend;
import millrace.nn.golden.Golden;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Parameter;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;

/** Parameters with the values of a golden file, and an optimizer that steps them with its gradients. */
final class Stepper implements AutoCloseable {
    private final Arena arena = Arena.ofConfined();
    private final Golden golden;
    private final List<Parameter> parameters = new ArrayList<>();
    private final OptimizerState state;
    private Runnable before = () -> {};

    /** @param initial names of the first values, one a parameter */
    Stepper(UpdatePolicy policy, Golden golden, String... initial) {
        this.golden = golden;
        for (String name : initial) {
            Shape shape = golden.shape(name);
            ParameterSpec spec = new ParameterSpec("p" + parameters.size(), shape, Initializer.ZEROS, 1, 1);
            Parameter parameter = new Parameter(arena, 0, parameters.size(), spec, 1);
            fill(parameter.value(), golden.floats(name), 0, shape.size());
            parameters.add(parameter);
        }
        this.state = new OptimizerState(arena, policy, parameters);
    }

    private static void fill(MemorySegment memory, float[] values, long from, long count) {
        for (long i = 0; i < count; i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, values[Math.toIntExact(from + i)]);
        }
    }

    /** A step with the gradients of a step, from 0: of one parameter, or as many names as there are. */
    void step(Kernels kernels, String gradients, int step) {
        step(kernels, List.of(gradients), step);
    }

    void step(Kernels kernels, List<String> gradients, int step) {
        for (int i = 0; i < parameters.size(); i++) {
            long size = parameters.get(i).shape().size();
            fill(parameters.get(i).gradient(), golden.floats(gradients.get(i)), step * size, size);
        }
        before.run();
        state.step(kernels);
    }

    /** Does something between gradients and step. */
    Stepper before(Runnable action) {
        before = action;
        return this;
    }

    OptimizerState state() {
        return state;
    }

    /** Where the weights will probably be some steps on. */
    List<MemorySegment> predicted(long ahead) {
        List<MemorySegment> predicted =
                parameters.stream().map(parameter -> parameter.allocate(arena)).toList();
        state.predict(Backend.fast().delays(), ahead, predicted);
        return predicted;
    }

    float[] value(int parameter) {
        Parameter found = parameters.get(parameter);
        float[] values = new float[Math.toIntExact(found.shape().size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = found.value().getAtIndex(ValueLayout.JAVA_FLOAT, i);
        }
        return values;
    }

    @Override
    public void close() {
        arena.close();
    }
}
