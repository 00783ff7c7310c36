package millrace.nn.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import millrace.nn.layer.Parameter;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.OptimizerState;
import millrace.nn.tensor.Tensor;

/**
 * What is saved of a stage, as tensors by name, and taken up again: its weights with what layers save beside them, the
 * optimizer's buffers, and what a stream needs besides. One thread at a time; copies are nobody else's.
 */
public final class StageState {
    private final TrainingSpec spec;
    private final List<Parameter> parameters;
    private final List<Parameter> buffers;
    private final StageWeights weights;
    private final OptimizerState optimizer;
    private final GradientTally tally;
    private final List<String> optimizerBuffers;
    private final NamedCopies ofParameters;
    private final NamedCopies ofBuffers;

    /**
     * The state of a stage.
     *
     * @param parameters of the stage in layer order
     * @param buffers what layers save beside their parameters, in layer order
     * @param optimizer over the parameters
     * @param tally of gradients, which begins anew with the weights
     */
    public StageState(
            TrainingSpec spec,
            List<Parameter> parameters,
            List<Parameter> buffers,
            StageWeights weights,
            OptimizerState optimizer,
            GradientTally tally) {
        this.spec = spec;
        this.parameters = List.copyOf(parameters);
        this.buffers = List.copyOf(buffers);
        this.weights = weights;
        this.optimizer = optimizer;
        this.tally = tally;
        this.optimizerBuffers = spec.policy().optimizer().states();
        this.ofParameters = new NamedCopies(parameters);
        this.ofBuffers = new NamedCopies(buffers);
    }

    /** Copies of the newest parameters in layer order, weight before bias, each layer's buffers after them. */
    public List<NamedTensor> weights() {
        return weights(Arena.ofAuto());
    }

    /** The same in memory that lives as long as an arena. */
    public List<NamedTensor> weights(Arena arena) {
        List<NamedTensor> trained = ofParameters.of(arena, "", weights.newestValues());
        List<NamedTensor> saved = ofBuffers.of(arena, "", values(buffers));
        // by layers, so that the stages' lists one after the other are the whole model's, however it is cut
        List<NamedTensor> result = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < parameters.size(); i++) {
            while (next < saved.size()
                    && buffers.get(next).layer() < parameters.get(i).layer()) {
                result.add(saved.get(next++));
            }
            result.add(trained.get(i));
        }
        result.addAll(saved.subList(next, saved.size()));
        return result;
    }

    /** Copies of the parameters' gradients as they are, by the parameters' names: after a step those that it used. */
    public List<NamedTensor> gradients() {
        return ofParameters.of(
                Arena.ofAuto(), "", parameters.stream().map(Parameter::gradient).toList());
    }

    /** Copies of the optimizer's buffers, named {@code 0.weight.exp_avg}. */
    public List<NamedTensor> optimizerState() {
        return optimizerState(Arena.ofAuto());
    }

    /** The same in memory that lives as long as an arena. */
    public List<NamedTensor> optimizerState(Arena arena) {
        List<NamedTensor> result = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            for (int s = 0; s < optimizerBuffers.size(); s++) {
                result.add(ofParameters.of(arena, i, "." + optimizerBuffers.get(s), optimizer.buffer(i, s)));
            }
        }
        return result;
    }

    /**
     * Takes weights, and where they are there optimizer buffers, from a checkpoint of any partition.
     *
     * @param tensors by name; names of other stages are passed over
     * @param steps optimizer steps that the checkpoint had made
     * @throws IllegalArgumentException when one of this stage's weights is missing or has another shape
     */
    public void restore(Map<String, Tensor> tensors, long steps) {
        if (TiedWeight.differs(spec.model(), tensors)) {
            throw new IllegalArgumentException(
                    "weights: embedding and tied layer differ (expected: equal weights); were"
                            + " they trained without tied = embedding?");
        }
        fill(tensors, steps);
        tally.beginAt(steps * spec.microBatches());
    }

    /**
     * Copies of what a stream needs besides to go on exactly: older weights, gradients of a step under way, counts.
     *
     * @param arena where the copies live
     * @param stage the first part of the names of what no parameter has: {@code stage.1}
     * @param needed by the forwards that come after the last backward
     * @throws IllegalStateException when one of the needed weights has been given up
     */
    public List<NamedTensor> streamState(Arena arena, String stage, Set<PastWeights> needed) {
        return weights.stream().copies(arena, stage, needed, tally.isStepUnderWay());
    }

    /**
     * Goes on with a stream whose {@link #weights}, {@link #optimizerState} and {@link #streamState} were saved.
     *
     * @param microBatches whose backwards had been done since the start of the stream
     * @throws IllegalArgumentException when a tensor that is needed is missing or has another shape
     */
    public void resume(Map<String, Tensor> tensors, long microBatches, String stage, Set<PastWeights> needed) {
        fill(tensors, tally.stepsOf(microBatches));
        tally.goOnAfter(microBatches);
        weights.stream().restore(tensors, stage, needed, tally.isStepUnderWay());
    }

    private void fill(Map<String, Tensor> tensors, long steps) {
        ofParameters.fill(tensors, "", values(parameters));
        parameters.forEach(Parameter::changed);
        for (int i = 0; i < parameters.size(); i++) {
            for (int s = 0; s < optimizerBuffers.size(); s++) {
                boolean _ = ofParameters.fillIfThere(tensors, i, "." + optimizerBuffers.get(s), optimizer.buffer(i, s));
            }
        }
        optimizer.resumeAt(steps);
        ofBuffers.fill(tensors, "", values(buffers));
    }

    private static List<MemorySegment> values(List<Parameter> of) {
        return of.stream().map(Parameter::value).toList();
    }
}
