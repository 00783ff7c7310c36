package millrace.app.study;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import millrace.actors.event.RunResult;
import millrace.actors.plan.RunPlan;
import millrace.actors.trace.PipelineFigures;
import millrace.actors.trace.RankTrace;
import millrace.actors.trace.RankTrace.Work;
import millrace.actors.trace.RunProfile;
import millrace.app.config.BenchSetup;
import millrace.app.config.ProfileFile;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.nn.layer.BatchNorm;
import millrace.nn.layer.Layer;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.tensor.Shape;
import millrace.schedule.Action;
import millrace.schedule.Costs;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.Replication;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.Validator;
import millrace.schedule.auto.LayerProfile;
import millrace.schedule.auto.LayerProfile.Size;
import millrace.schedule.auto.NetworkProfile;
import millrace.schedule.order.Flushed;

/**
 * Measures a network layer by layer, as the line of actors itself computes it: every layer with weights is a stage with what follows
 * it, one rank has all of them, and as many such ranks work side by side as a plan is for, since cores that share a memory are slower
 * together. For each size of micro-batches a few batches are trained twice, once with whole backwards and once with split ones; and
 * once more for what is held, by one rank alone, which has nobody to exchange gradients with.
 */
public final class LayerProfiler {
    private static final int MOST_PARTS = 32;
    private static final int WARM_UP = 4;
    private static final int MEASURED = 12;

    private final Config config;
    private final int together;
    private final Consumer<Runnable> interruptible;
    private final Model model;
    private final List<Integer> starts;
    private final int batch;
    private final List<Double> gaps = new ArrayList<>();
    private final List<Double> exchanges = new ArrayList<>();
    private final Map<Integer, Double> exchangeBytes = new TreeMap<>();
    private double optimizerCopies;

    /** How long it took, stage by stage. */
    private record Times(Costs costs, double period, double stepTime, List<Long> allocated) {}

    /**
     * What was held, stage by stage.
     *
     * @param boundaries bytes that all boundaries between the stages take: what is held less when they are one stage
     */
    private record Memory(List<Long> kept, List<Long> gathered, List<Long> allocated, double boundaries) {}

    private LayerProfiler(Config config, int together, Consumer<Runnable> interruptible) {
        RunSetup setup = BenchSetup.of(config, 1);
        // of random samples now: the runs need not read the data again
        this.config = setup.config();
        this.interruptible = interruptible;
        this.model = setup.model();
        this.starts = Partition.starts(model);
        this.batch = config.getInt("training.batch");
        // each rank has a batch of its own, and all of them together have to be there
        this.together = Math.max(1, Math.min(together, setup.data().train().size() / Math.max(1, batch)));
    }

    /**
     * The profile; empty when it was interrupted.
     *
     * @param config a resolved run
     * @param sizes samples of micro-batches; each divides the batch
     * @param together ranks that are to work at the same time, 1 or more
     * @param progress is told of each size before it is measured
     * @param interruptible gets what ends a measurement that is under way
     */
    public static Optional<ProfileFile> measure(
            Config config,
            SortedSet<Integer> sizes,
            int together,
            Consumer<String> progress,
            Consumer<Runnable> interruptible) {
        return new LayerProfiler(config, together, interruptible).measure(sizes, progress);
    }

    private Optional<ProfileFile> measure(SortedSet<Integer> sizes, Consumer<String> progress) {
        for (int size : sizes) {
            if (size < 1 || batch % size != 0) {
                throw new IllegalArgumentException("--sizes: " + size + " samples (expected: what divides the batch of "
                        + batch + "); set --sizes or --batch");
            }
        }
        SequencedMap<Integer, List<Size>> sizesOfStages = new TreeMap<>();
        List<Integer> largestFirst = new ArrayList<>(sizes);
        Collections.reverse(largestFirst);
        // the first run pays for the compiler
        progress.accept("warming up");
        int largest = largestFirst.getFirst();
        if (!WarmUp.until(() -> run(largest, true, MEASURED).map(Times::period))) {
            return Optional.empty();
        }
        gaps.clear();
        exchanges.clear();
        for (int size : largestFirst) {
            progress.accept("micro-batches of " + size + (size == 1 ? " sample" : " samples"));
            Optional<Times> whole = run(size, false, MEASURED);
            Optional<Times> split = whole.isEmpty() ? Optional.empty() : run(size, true, MEASURED);
            Optional<Memory> memory = split.isEmpty() ? Optional.empty() : memory(size);
            if (memory.isEmpty()) {
                return Optional.empty();
            }
            for (int stage = 0; stage < starts.size(); stage++) {
                double more = whole.orElseThrow().allocated().get(stage)
                        - (double) memory.orElseThrow().allocated().get(stage);
                // of two copies: each further one needs as much again
                exchangeBytes.merge(stage, Math.max(0, more) / Math.max(1, together - 1), Math::max);
                sizesOfStages
                        .computeIfAbsent(stage, _ -> new ArrayList<>())
                        .add(size(size, stage, whole.orElseThrow(), split.orElseThrow(), memory.orElseThrow()));
            }
        }
        Optional<Link> link = together > 1 ? link(largestFirst.get(largestFirst.size() / 2)) : Optional.of(Link.FREE);
        if (link.isEmpty()) {
            return Optional.empty();
        }
        List<LayerProfile> layers = new ArrayList<>();
        sizesOfStages.forEach((stage, ofStage) -> layers.add(
                new LayerProfile(name(stage), weightBytes(stage), exchangeBytes.getOrDefault(stage, 0.0), ofStage)));
        return Optional.of(new ProfileFile(
                new NetworkProfile(
                        layers, link.get(), Map.of(), List.of(), median(gaps), median(exchanges), optimizerCopies),
                Optional.of(model.name())));
    }

    private int end(int stage) {
        return stage + 1 < starts.size()
                ? starts.get(stage + 1)
                : model.layers().size();
    }

    private String name(int stage) {
        List<String> types = model.layers().subList(starts.get(stage), end(stage)).stream()
                .map(Layer::type)
                .toList();
        return starts.get(stage) + " " + String.join("+", types);
    }

    private double weightBytes(int stage) {
        return (double) Float.BYTES * model.parameterCount(starts.get(stage), end(stage));
    }

    private Size size(int samples, int stage, Times whole, Times split, Memory memory) {
        StageCost together = whole.costs().stages().get(stage);
        StageCost apart = split.costs().stages().get(stage);
        double weights = weightBytes(stage);
        double all = model.parameterCount() * (double) Float.BYTES;
        double kept = memory.kept().get(stage);
        double input = input(stage, samples);
        double allInputs = IntStream.range(1, starts.size())
                .mapToDouble(other -> input(other, samples))
                .sum();
        double boundary = stage == 0 || allInputs == 0 ? 0 : memory.boundaries() * input / allInputs;
        double beside = memory.allocated().get(stage)
                + memory.gathered().get(stage)
                - kept
                - boundary
                - (2 + optimizerCopies) * weights;
        return new Size(
                samples,
                (together.forward() + apart.forward()) / 2,
                together.backward(),
                apart.backwardInput(),
                apart.backwardWeight(),
                all == 0 ? 0 : whole.stepTime() * weights / all,
                kept,
                kept,
                input,
                Math.max(0, beside),
                boundary);
    }

    private double input(int stage, int samples) {
        long values = model.shapesBefore(starts.get(stage)).stream()
                .mapToLong(Shape::size)
                .sum();
        return (double) Float.BYTES * samples * values;
    }

    /** Trains some batches; empty when it was interrupted. */
    private Optional<Times> run(int samples, boolean split, int steps) {
        int microBatches = batch / samples;
        Schedule schedule = Validator.checked(Replication.of(line(starts.size(), microBatches, split), together));
        Optional<RunResult> result = train(schedule, samples * microBatches * together, steps);
        return result.map(done -> {
            List<RankTrace> traces = done.pipeline().traces();
            RunProfile profile = new RunProfile(new Flushed(schedule).schedule(), traces);
            traces.forEach(this::addGaps);
            if (together > 1) {
                // of two copies: what each sends and gets of so many is 2 (r-1) / r of the weights
                exchanges.add(exchange(profile) * together / (2.0 * (together - 1)));
            }
            return new Times(
                    profile.costs(),
                    profile.period(),
                    profile.stepTime(),
                    done.pipeline().allocatedBytes());
        });
    }

    private Optional<Memory> memory(int samples) {
        Optional<RunResult> apart = train(line(starts.size(), batch / samples, false), batch, 1);
        Optional<RunResult> whole =
                apart.isEmpty() ? Optional.empty() : train(line(1, batch / samples, false), batch, 1);
        return whole.map(one -> {
            PipelineFigures figures = apart.orElseThrow().pipeline();
            return new Memory(
                    figures.peakBytes(),
                    figures.gatheredBytes(),
                    figures.allocatedBytes(),
                    Math.max(
                            0,
                            sum(figures.allocatedBytes()) - sum(one.pipeline().allocatedBytes())));
        });
    }

    private static double sum(List<Long> bytes) {
        return bytes.stream().mapToLong(Long::longValue).sum();
    }

    private Optional<RunResult> train(Schedule schedule, int samples, int steps) {
        Config sized = RunFile.withLine(
                ConfigFactory.parseMap(Map.of("training.batch", samples, "pipeline.link", ""))
                        .withFallback(config),
                Map.of("pipeline.micro-batches", 1));
        RunSetup setup = BenchSetup.of(sized, WARM_UP + steps);
        RunPlan plan = setup.plan(schedule);
        optimizerCopies = plan.spec().policy().optimizer().states().size();
        return TracedRun.of(plan, WARM_UP, steps, interruptible);
    }

    /** All stages on one rank, one micro-batch after the other. */
    private static Schedule line(int stages, int microBatches, boolean split) {
        List<Action> order = new ArrayList<>();
        for (int microBatch = 0; microBatch < microBatches; microBatch++) {
            for (int stage = 0; stage < stages; stage++) {
                order.add(Action.forward(stage, microBatch));
            }
            for (int stage = stages - 1; stage >= 0; stage--) {
                if (split) {
                    order.add(Action.backwardInput(stage, microBatch));
                    order.add(Action.backwardWeight(stage, microBatch));
                } else {
                    order.add(Action.backward(stage, microBatch));
                }
            }
        }
        List<Integer> all = IntStream.range(0, stages).boxed().toList();
        return new Schedule("profile", Placement.of(List.of(all), microBatches), List.of(order));
    }

    /** Seconds from the end of an action to the start of the next one of the same batch, where nothing was waited for. */
    private void addGaps(RankTrace trace) {
        Work before = null;
        for (Work work : trace.work()) {
            if (before != null && before.step() == work.step()) {
                gaps.add((work.start() - before.end()) / 1e9);
            }
            before = work;
        }
    }

    private static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
    }

    /** Seconds from one batch to the next in which ranks neither computed nor stepped: they added up gradients. */
    private static double exchange(RunProfile profile) {
        return Math.max(0, profile.period() - profile.makespan() - profile.stepTime());
    }

    /** What a message takes between two ranks in one JVM. */
    private Optional<Link> link(int samples) {
        if (starts.size() < 2) {
            return Optional.of(Link.FREE);
        }
        Schedule schedule = Schedules.generate("gpipe", new PipelineShape(2, 1, batch / samples));
        return train(schedule, batch, MEASURED)
                .map(done -> new RunProfile(schedule, done.pipeline().traces())
                        .costs()
                        .link());
    }

    /**
     * The sizes that the batch of a run may be cut into by a few micro-batches: whole, halves, quarters, down to 32 parts. Batch norm
     * needs more than one sample.
     */
    public static NavigableSet<Integer> usualSizes(Config config) {
        int batch = config.getInt("training.batch");
        boolean normalises = BenchSetup.of(config, 1).model().layers().stream().anyMatch(BatchNorm.class::isInstance);
        NavigableSet<Integer> sizes = new TreeSet<>();
        for (int microBatches = 1; microBatches <= MOST_PARTS; microBatches *= 2) {
            int samples = batch / microBatches;
            if (batch % microBatches == 0 && (samples > 1 || microBatches == 1 || !normalises)) {
                sizes.add(samples);
            }
        }
        return sizes;
    }
}
