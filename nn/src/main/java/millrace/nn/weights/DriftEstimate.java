package millrace.nn.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import millrace.nn.kernel.DelayKernels;
import millrace.nn.layer.Parameter;

/**
 * An estimate of the weights that forwards used some steps ago, from a moving average of what steps change (Yang et al.,
 * PipeMare, MLSys 2021, T2: discrepancy correction). It takes two buffers a parameter, however long the delay is.
 */
final class DriftEstimate {
    private static final long NONE = -1;

    private final DelayKernels kernels;
    private final List<Parameter> parameters;
    private final float kept;
    private final List<MemorySegment> drift;
    private final List<MemorySegment> scratch;
    // steps ago that the scratch memory holds the weights of
    private long estimated = NONE;

    /**
     * @param kept share of the average that one step leaves
     */
    DriftEstimate(Arena arena, List<Parameter> parameters, float kept, DelayKernels kernels) {
        this.kernels = kernels;
        this.parameters = parameters;
        this.kept = kept;
        this.drift =
                parameters.stream().map(parameter -> parameter.allocate(arena)).toList();
        this.scratch =
                parameters.stream().map(parameter -> parameter.allocate(arena)).toList();
    }

    /** The parameters are about to be stepped. */
    void beforeStep() {
        estimated = NONE;
        for (int i = 0; i < parameters.size(); i++) {
            scratch.get(i).copyFrom(parameters.get(i).value());
        }
    }

    /** The parameters have been stepped. */
    void afterStep() {
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            kernels.drift(drift.get(i), kept, parameter.value(), scratch.get(i), parameter.elements());
        }
    }

    /** What the newest weights, which the parameters have, probably were so many steps ago; good until the next step. */
    List<MemorySegment> before(long steps) {
        if (estimated != steps) {
            for (int i = 0; i < parameters.size(); i++) {
                Parameter parameter = parameters.get(i);
                kernels.extrapolate(
                        parameter.value(), (float) steps, drift.get(i), scratch.get(i), parameter.elements());
            }
            estimated = steps;
        }
        return scratch;
    }

    /** The moving average, one memory a parameter: all of the estimate that outlives a step. */
    List<MemorySegment> average() {
        return drift;
    }
}
