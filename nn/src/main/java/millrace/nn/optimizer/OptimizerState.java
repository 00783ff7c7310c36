package millrace.nn.optimizer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.UpdateRule;
import millrace.nn.layer.Parameter;

/** The optimizer's memory for some parameters, and the step over them. One thread at a time. */
public final class OptimizerState {
    private final UpdatePolicy policy;
    private final List<Parameter> parameters;
    private final List<List<MemorySegment>> buffers = new ArrayList<>();
    private long steps;

    public OptimizerState(Arena arena, UpdatePolicy policy, List<Parameter> parameters) {
        this.policy = policy;
        this.parameters = parameters;
        for (Parameter parameter : parameters) {
            List<MemorySegment> states = new ArrayList<>();
            for (int i = 0; i < policy.optimizer().states().size(); i++) {
                states.add(parameter.allocate(arena));
            }
            buffers.add(states);
        }
    }

    /** One step with the gradients that the parameters hold. */
    public void step(Kernels kernels) {
        double rate = policy.rate(steps);
        steps++;
        UpdateRule rule = policy.optimizer().rule(steps, rate);
        GradientShaping plain = policy.shaping().withoutPenalties();
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            List<MemorySegment> states = buffers.get(i);
            kernels.update(
                    rule,
                    parameter.spec().penalised() ? policy.shaping() : plain,
                    parameter.value(),
                    parameter.gradient(),
                    states.isEmpty() ? MemorySegment.NULL : states.getFirst(),
                    states.size() < 2 ? MemorySegment.NULL : states.get(1),
                    parameter.elements());
        }
    }

    /** Steps made so far. */
    public long steps() {
        return steps;
    }

    /** Continues counting where a checkpoint stopped. */
    public void resumeAt(long stepsMade) {
        steps = stepsMade;
    }

    /** The state buffer of a parameter, laid out as the parameter is. */
    public MemorySegment buffer(int parameter, int state) {
        return buffers.get(parameter).get(state);
    }
}
