package millrace.schedule.auto;

import java.util.List;
import java.util.SortedSet;
import java.util.function.ToDoubleFunction;
import millrace.schedule.Costs.StageCost;

/** What any run of layers takes and holds as a stage, for micro-batches of one size, without adding it up each time. */
final class LayerSums {
    private final double overhead;
    private final double optimizerCopies;
    private final double[] forward;
    private final double[] backward;
    private final double[] backwardInput;
    private final double[] backwardWeight;
    private final double[] step;
    private final double[] kept;
    private final double[] keptForWeight;
    private final double[] work;
    private final double[] boundary;
    private final double[] weights;
    private final double[] exchange;
    private final double exchangeTime;
    private final double[] inputs;

    LayerSums(NetworkProfile profile, int samples) {
        List<LayerProfile.Size> layers = profile.at(samples);
        this.overhead = profile.actionOverhead();
        this.optimizerCopies = profile.optimizerCopies();
        this.forward = sums(layers, LayerProfile.Size::forward);
        this.backward = sums(layers, LayerProfile.Size::backward);
        this.backwardInput = sums(layers, LayerProfile.Size::backwardInput);
        this.backwardWeight = sums(layers, LayerProfile.Size::backwardWeight);
        this.step = sums(layers, LayerProfile.Size::step);
        this.kept = sums(layers, LayerProfile.Size::keptBytes);
        this.keptForWeight = sums(layers, LayerProfile.Size::keptForWeightBytes);
        this.work = sums(layers, LayerProfile.Size::workBytes);
        this.weights = sums(profile.layers(), LayerProfile::weightBytes);
        this.exchange = sums(profile.layers(), LayerProfile::exchangeBytes);
        this.exchangeTime = profile.exchangeTime();
        this.boundary =
                layers.stream().mapToDouble(LayerProfile.Size::boundaryBytes).toArray();
        this.inputs = layers.stream().mapToDouble(LayerProfile.Size::inputBytes).toArray();
    }

    private static <T> double[] sums(List<T> layers, ToDoubleFunction<T> figure) {
        double[] sums = new double[layers.size() + 1];
        for (int i = 0; i < layers.size(); i++) {
            sums[i + 1] = sums[i] + figure.applyAsDouble(layers.get(i));
        }
        return sums;
    }

    private static double between(double[] sums, int from, int to) {
        // differences of rounded sums may be a little below zero
        return Math.max(0, sums[to] - sums[from]);
    }

    private int layers() {
        return inputs.length;
    }

    /** Seconds of all layers' forwards and backwards, whole or split, whichever is faster, on a rank of speed 1. */
    double allWork() {
        double split = 0;
        for (int i = 0; i < layers(); i++) {
            split += Math.min(
                    between(backward, i, i + 1), between(backwardInput, i, i + 1) + between(backwardWeight, i, i + 1));
        }
        return 2 * overhead + forward[layers()] + split;
    }

    /** Seconds of the steps of all layers. */
    double allSteps() {
        return step[layers()];
    }

    /** Seconds of F and B of a stage, on a rank of speed 1. */
    double work(int from, int to) {
        return 2 * overhead + between(forward, from, to) + between(backward, from, to);
    }

    /** Seconds of a stage's optimizer step, on a rank of speed 1. */
    double step(int from, int to) {
        return between(step, from, to);
    }

    /**
     * What a stage has whatever it works on.
     *
     * @param copies of it, whose gradients are added up
     */
    RankBytes constant(int from, int to, int copies) {
        double own = between(weights, from, to);
        return new RankBytes(
                own,
                own,
                optimizerCopies * own,
                0,
                0,
                between(work, from, to) + (from > 0 ? boundary[from] : 0) + (copies - 1) * between(exchange, from, to));
    }

    /** Seconds in which a stage exchanges its gradients with one other copy of it. */
    double exchangeTime(int from, int to) {
        double all = weights[layers()];
        return all > 0 ? exchangeTime * between(weights, from, to) / all : 0;
    }

    /** A stage that keeps what its backwards read. */
    StageCost stage(int from, int to, double speed) {
        double held = between(kept, from, to);
        double input = between(backwardInput, from, to);
        double weight = between(backwardWeight, from, to);
        return new StageCost(
                (overhead + between(forward, from, to)) / speed,
                (overhead + between(backward, from, to)) / speed,
                (overhead + input) / speed,
                (overhead + weight) / speed,
                (overhead + between(forward, from, to)) / speed,
                held,
                0,
                between(keptForWeight, from, to),
                to < layers() ? inputs[to] : 0,
                from > 0 ? inputs[from] : 0);
    }

    /** Seconds of one layer's forward. */
    double forward(int layer) {
        return between(forward, layer, layer + 1);
    }

    /** Bytes that one layer keeps of a micro-batch. */
    double kept(int layer) {
        return between(kept, layer, layer + 1);
    }

    /** Bytes of what comes into a layer. */
    double input(int layer) {
        return inputs[layer];
    }

    /**
     * A stage that keeps the inputs of some layers instead of their activations, and does their forwards a second time. From the
     * second forward on it holds what it would have kept, and those inputs.
     *
     * @param apart whether the second forward is an action of its own; else it is a part of its backward, for which it waits
     * @param layers that do it, one or more of the stage; of neighbours the first one's input is held
     */
    StageCost recomputing(int from, int to, double speed, boolean apart, SortedSet<Integer> layers) {
        StageCost plain = stage(from, to, speed);
        double time = 0;
        double again = 0;
        double held = 0;
        for (int layer : layers) {
            time += forward(layer);
            again += kept(layer);
            held += layers.contains(layer - 1) ? 0 : inputs[layer];
        }
        StageCost own = new StageCost(
                plain.forward(),
                plain.backward(),
                plain.backwardInput(),
                plain.backwardWeight(),
                (overhead + time) / speed,
                plain.memory() + held,
                layers.size() == to - from ? held : Math.max(0, plain.memory() - again) + held,
                plain.weightMemory(),
                plain.activationBytes(),
                plain.deltaBytes());
        // no action of its own: its layers take their time, an action's overhead falls away
        return apart ? own : own.recomputingIn(time / speed).recomputingAtBackward();
    }
}
