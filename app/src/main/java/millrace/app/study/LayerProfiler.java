package millrace.app.study;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import millrace.app.config.ProfileFile;
import millrace.app.study.ProfileRuns.Memory;
import millrace.app.study.ProfileRuns.Times;
import millrace.nn.layer.Layer;
import millrace.nn.tensor.Shape;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.auto.LayerProfile;
import millrace.schedule.auto.LayerProfile.Size;
import millrace.schedule.auto.NetworkProfile;

/**
 * Measures a network layer by layer, as the line of actors itself computes it: every layer with weights is a stage with what follows
 * it, one rank has all of them, and as many such ranks work side by side as a plan is for, since cores that share a memory are slower
 * together. For each size of micro-batches a few batches are trained twice, once with whole backwards and once with split ones; and
 * some more for what is held, by one rank alone, which has nobody to exchange gradients with.
 */
public final class LayerProfiler {
    private static final StageCost NO_TIME = new StageCost(0, 0, 0, 0, 0, 0, 0, 0);

    private final PlannedNetwork network;
    private final int together;
    private final ProfileRuns runs;
    private final Map<Integer, Double> exchangeBytes = new TreeMap<>();

    private LayerProfiler(PlannedNetwork network, int together, Consumer<Runnable> interruptible) {
        this.network = network;
        // each rank has a batch of its own, and all of them together have to be there
        this.together = Math.max(1, Math.min(together, network.samples() / Math.max(1, network.batch())));
        this.runs = new ProfileRuns(network, this.together, interruptible);
    }

    /**
     * The profile; empty when it was interrupted.
     *
     * @param sizes samples of micro-batches; each divides the batch
     * @param together ranks that are to work at the same time, 1 or more
     * @param progress is told of each size before it is measured
     * @param interruptible gets what ends a measurement that is under way
     */
    public static Optional<ProfileFile> measure(
            PlannedNetwork network,
            SortedSet<Integer> sizes,
            int together,
            Consumer<String> progress,
            Consumer<Runnable> interruptible) {
        return new LayerProfiler(network, together, interruptible).measure(sizes, progress);
    }

    /**
     * Refuses sizes that cannot be measured.
     *
     * @throws IllegalArgumentException when one does not divide the batch
     */
    public static void requireSizes(PlannedNetwork network, SortedSet<Integer> sizes) {
        for (int size : sizes) {
            if (size < 1 || network.batch() % size != 0) {
                throw new IllegalArgumentException("--sizes: " + size + " samples (expected: what divides the batch of "
                        + network.batch() + "); set --sizes or --batch");
            }
        }
    }

    private Optional<ProfileFile> measure(SortedSet<Integer> sizes, Consumer<String> progress) {
        requireSizes(network, sizes);
        SequencedMap<Integer, List<Size>> sizesOfStages = new TreeMap<>();
        List<Integer> largestFirst = new ArrayList<>(sizes);
        Collections.reverse(largestFirst);
        progress.accept("warming up");
        if (!runs.warmUp(largestFirst.getFirst())) {
            return Optional.empty();
        }
        for (int size : largestFirst) {
            progress.accept("micro-batches of " + size + (size == 1 ? " sample" : " samples"));
            Optional<Times> whole = runs.times(size, false);
            Optional<Times> split = whole.isEmpty() ? Optional.empty() : runs.times(size, true);
            Optional<Memory> memory = split.isEmpty() ? Optional.empty() : runs.memory(size);
            if (memory.isEmpty()) {
                return Optional.empty();
            }
            for (int stage = 0; stage < network.starts().size(); stage++) {
                Times full = whole.orElseThrow();
                Memory alone = memory.orElseThrow();
                // of two copies: each further one needs as much again
                double exchange =
                        full.allocated().get(stage) - (double) alone.allocated().get(stage);
                exchangeBytes.merge(stage, Math.max(0, exchange) / Math.max(1, together - 1), Math::max);
                sizesOfStages
                        .computeIfAbsent(stage, _ -> new ArrayList<>())
                        .add(size(
                                size,
                                stage,
                                full.costs().stages().get(stage),
                                split.orElseThrow().costs().stages().get(stage),
                                full.stepTime(),
                                alone));
            }
        }
        Optional<Link> link = runs.link(largestFirst.get(largestFirst.size() / 2));
        if (link.isEmpty()) {
            return Optional.empty();
        }
        List<LayerProfile> layers = new ArrayList<>();
        sizesOfStages.forEach((stage, ofStage) -> layers.add(new LayerProfile(
                name(stage), network.weightBytes(stage), exchangeBytes.getOrDefault(stage, 0.0), ofStage)));
        return Optional.of(new ProfileFile(
                new NetworkProfile(
                        layers,
                        link.get(),
                        Map.of(),
                        List.of(),
                        runs.actionOverhead(),
                        runs.exchangeTime(),
                        runs.optimizerCopies()),
                Optional.of(network.model().name())));
    }

    private String name(int stage) {
        int first = network.starts().get(stage);
        List<String> types = network.model().layers().subList(first, network.end(stage)).stream()
                .map(Layer::type)
                .toList();
        return first + " " + String.join("+", types);
    }

    /**
     * What the layers hold, with times of 0; empty when it was interrupted.
     *
     * @param exchanging whether what two copies need to add up their gradients is measured too
     */
    static Optional<NetworkProfile> held(
            PlannedNetwork network, int samples, boolean exchanging, Consumer<Runnable> interruptible) {
        LayerProfiler profiler = new LayerProfiler(network, 1, interruptible);
        Optional<Memory> alone = profiler.runs.memory(samples);
        Optional<List<Long>> together = alone.isPresent() && exchanging
                ? new ProfileRuns(network, 2, interruptible).allocated(samples)
                : alone.map(Memory::allocated);
        return together.map(allocated -> {
            Memory memory = alone.orElseThrow();
            List<LayerProfile> layers = new ArrayList<>();
            for (int stage = 0; stage < network.starts().size(); stage++) {
                Size size = profiler.size(samples, stage, NO_TIME, NO_TIME, 0, memory);
                double exchange =
                        Math.max(0, allocated.get(stage) - memory.allocated().get(stage));
                layers.add(new LayerProfile(profiler.name(stage), network.weightBytes(stage), exchange, List.of(size)));
            }
            return new NetworkProfile(layers, Link.FREE, Map.of(), List.of(), 0, profiler.runs.optimizerCopies());
        });
    }

    private Size size(int samples, int stage, StageCost full, StageCost apart, double stepTime, Memory memory) {
        double weights = network.weightBytes(stage);
        double all = network.model().parameterCount() * (double) Float.BYTES;
        double input = input(stage, samples);
        double allInputs = IntStream.range(1, network.starts().size())
                .mapToDouble(other -> input(other, samples))
                .sum();
        double boundary = stage == 0 || allInputs == 0 ? 0 : memory.boundaries() * input / allInputs;
        double states = (2 + runs.optimizerCopies()) * weights;
        double kept = memory.kept().get(stage);
        double besides = memory.allocated().get(stage) + memory.gathered().get(stage) - kept;
        return new Size(
                samples,
                (full.forward() + apart.forward()) / 2,
                full.backward(),
                apart.backwardInput(),
                apart.backwardWeight(),
                all == 0 ? 0 : stepTime * weights / all,
                kept,
                memory.keptForWeight().get(stage),
                input,
                Math.max(0, besides - boundary - states),
                boundary);
    }

    private double input(int stage, int samples) {
        long values = network.model().shapesBefore(network.starts().get(stage)).stream()
                .mapToLong(Shape::size)
                .sum();
        return (double) Float.BYTES * samples * values;
    }
}
