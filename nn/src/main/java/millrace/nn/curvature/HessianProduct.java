package millrace.nn.curvature;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import millrace.nn.data.Dataset;
import millrace.nn.kernel.Precision;
import millrace.nn.layer.Parameter;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.random.RandomStream;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Tensor;

/**
 * The Hessian H of a batch's mean loss at fixed weights w, times one unit vector v after the other, each orthogonal to the
 * two before, the first random: by central differences of the gradient, {@code H v = (g(w + h v) - g(w - h v)) / 2h}.
 * Owns a model of its own. One thread at a time.
 *
 * <p>Rectifiers keep the slopes that they have at w ({@link FrozenGate}), which gives the second derivative of the piece
 * that the loss is on, as automatic differentiation does. Otherwise the differences would be those of gradients that jump
 * where a unit switches, and more so the smaller the step is: 784-256-10 with ReLU gave 14 with the step below, and 102
 * with an eighth of it.
 *
 * <p>The step h is 2^-11 of the norm of w. Weights are floats: w + h v is rounded by up to 2^-24 of w, which is 2^-13 of
 * the step, and so are the gradients, whose difference is about h times the curvature. The differences' own error grows
 * with (h/L)^2, L being how far one has to go for the curvature to change. The best step would be the cube root of
 * 2^-24, 2^-8, if L were the norm of w; but that grows with the root of the number of weights, and L does not, so the step
 * is an eighth of it: two digits remain for rounding where the estimate needs 1 %, and L may be a hundredth of the norm.
 */
final class HessianProduct implements AutoCloseable {
    private static final double RELATIVE_STEP = 0x1p-11;

    private final int microBatches;
    private final long seed;
    private final long batch;
    private final Arena arena = Arena.ofConfined();
    private final StageModel model;
    private final Map<String, Tensor> weights = new HashMap<>();
    private final double step;
    // v, the one before, and H v: each a memory a parameter, laid out as it is
    private List<MemorySegment> direction = new ArrayList<>();
    private List<MemorySegment> previous = new ArrayList<>();
    private List<MemorySegment> product = new ArrayList<>();
    private double along;
    private double back;

    HessianProduct(TrainingSpec spec, Dataset train, Map<String, Tensor> start, long batch) {
        this(spec, train, start, batch, RELATIVE_STEP);
    }

    /** @param relativeStep h, in norms of w */
    HessianProduct(TrainingSpec spec, Dataset train, Map<String, Tensor> start, long batch, double relativeStep) {
        this.microBatches = spec.microBatches();
        this.seed = spec.seed();
        this.batch = batch;
        // an optimizer without memory: it never steps
        TrainingSpec plain = new TrainingSpec(
                FrozenGate.in(spec.model()),
                spec.loss(),
                UpdatePolicy.of(new Optimizer.Sgd(1)),
                spec.batch(),
                microBatches,
                spec.shuffle(),
                seed,
                List.of(),
                spec.backend(),
                Precision.F32);
        this.model = new StageModel(plain, Partition.whole(spec.model()).range(0), train, 1);
        try {
            if (!start.isEmpty()) {
                model.state().restore(start, batch);
            }
        } catch (IllegalArgumentException e) {
            close();
            throw e;
        }
        model.state().weights().forEach(weight -> weights.put(weight.name(), weight.tensor()));
        double squares = 0;
        for (Parameter parameter : model.parameters()) {
            direction.add(parameter.allocate(arena));
            previous.add(parameter.allocate(arena));
            product.add(parameter.allocate(arena));
            squares += dot(parameter.value(), parameter.value(), parameter.elements());
        }
        this.step = squares == 0 ? relativeStep : relativeStep * Math.sqrt(squares);
        freeze();
        start();
    }

    /** The forward that the gates keep. */
    private void freeze() {
        for (int index = 0; index < microBatches; index++) {
            model.compute().forward(batch, index, null);
            model.compute().discard(batch, index);
        }
    }

    /** Lets v be a random unit vector. */
    private void start() {
        List<Parameter> parameters = model.parameters();
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            RandomStream random = RandomStream.of(seed, RandomStream.Purpose.PROBE, i);
            Tensor packed = Tensor.zeros(Arena.ofAuto(), ElementType.F32, parameter.shape());
            for (long j = 0; j < parameter.shape().size(); j++) {
                packed.setFloat(j, 2 * random.nextFloat() - 1);
            }
            parameter.unpack(packed.memory(), product.get(i));
        }
        // the memory of H v holds the draws, and v and the vector before are zero still
        turn();
        back = 0;
    }

    /** Computes H v; returns v^T H v. */
    double multiply() {
        List<Parameter> parameters = model.parameters();
        gradientAt(step);
        for (int i = 0; i < parameters.size(); i++) {
            product.get(i).copyFrom(parameters.get(i).gradient());
        }
        gradientAt(-step);
        double sum = 0;
        for (int i = 0; i < parameters.size(); i++) {
            MemorySegment below = parameters.get(i).gradient();
            MemorySegment memory = product.get(i);
            for (long j = 0; j < parameters.get(i).elements(); j++) {
                double difference = (double) get(memory, j) - get(below, j);
                memory.setAtIndex(JAVA_FLOAT, j, (float) (difference / (2 * step)));
            }
            sum += dot(direction.get(i), memory, parameters.get(i).elements());
        }
        if (!Double.isFinite(sum)) {
            throw new IllegalStateException(
                    "curvature: " + sum + " (expected: a finite number); are the weights and samples finite?");
        }
        along = sum;
        return sum;
    }

    /**
     * Lets v be the unit vector along what H v has beside v and the vector before.
     *
     * @return the length of that part; 0 where nothing is left to go on with
     */
    double turn() {
        List<Parameter> parameters = model.parameters();
        double squares = 0;
        for (int i = 0; i < parameters.size(); i++) {
            MemorySegment memory = product.get(i);
            for (long j = 0; j < parameters.get(i).elements(); j++) {
                double rest = get(memory, j) - along * get(direction.get(i), j) - back * get(previous.get(i), j);
                memory.setAtIndex(JAVA_FLOAT, j, (float) rest);
                squares += rest * rest;
            }
        }
        double length = Math.sqrt(squares);
        if (length > 0) {
            for (int i = 0; i < parameters.size(); i++) {
                MemorySegment memory = product.get(i);
                for (long j = 0; j < parameters.get(i).elements(); j++) {
                    memory.setAtIndex(JAVA_FLOAT, j, (float) (get(memory, j) / length));
                }
            }
            List<MemorySegment> free = previous;
            previous = direction;
            direction = product;
            product = free;
            back = length;
        }
        return length;
    }

    /** Lets the parameters hold the gradient at w + distance * v. */
    private void gradientAt(double distance) {
        // back at w, and before the batch
        model.state().restore(weights, batch);
        List<Parameter> parameters = model.parameters();
        for (int i = 0; i < parameters.size(); i++) {
            MemorySegment value = parameters.get(i).value();
            for (long j = 0; j < parameters.get(i).elements(); j++) {
                double moved = get(value, j) + distance * get(direction.get(i), j);
                value.setAtIndex(JAVA_FLOAT, j, (float) moved);
            }
            parameters.get(i).changed();
        }
        for (int index = 0; index < microBatches; index++) {
            model.compute().forward(batch, index, null);
            model.compute().backward(batch, index, null);
        }
        var _ = model.compute().takeLoss(batch);
    }

    private static double dot(MemorySegment a, MemorySegment b, long elements) {
        double sum = 0;
        for (long i = 0; i < elements; i++) {
            sum += (double) get(a, i) * get(b, i);
        }
        return sum;
    }

    private static float get(MemorySegment memory, long index) {
        return memory.getAtIndex(JAVA_FLOAT, index);
    }

    @Override
    public void close() {
        model.close();
        arena.close();
    }
}
