package millrace.app.config;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import millrace.actors.plan.Checks;
import millrace.actors.plan.EstimatedCut;
import millrace.actors.plan.Recomputed;
import millrace.nn.data.BatchOrder;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.schedule.Costs;
import millrace.schedule.PipelineShape;
import millrace.schedule.Replication;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.order.Flushed;
import millrace.schedule.order.Order;
import millrace.schedule.stream.Discipline;
import millrace.schedule.stream.StreamSpec;

/** The block {@code pipeline} of a run file: how the line is cut, and what it works by. */
final class PipelineReader {
    private static final String MICRO_BATCHES = "micro-batches";
    private static final String REPLICAS = "replicas";
    private static final String COST = "cost";
    private static final String LAYOUT = "layout";
    private static final String AUTO = "auto";

    private PipelineReader() {}

    /**
     * What the run works by. This is the one place where the name of a schedule tells whether it is a stream's; from here on
     * an order is what it is.
     *
     * @param computeThreads what {@code stages = auto} goes by, unless the run is for so many workers
     * @param layersWithWeights the most stages that the model can be cut into
     * @param samples of the training set
     * @param batch samples of a batch
     * @throws IllegalArgumentException when the name is unknown or the numbers do not fit
     */
    static OrderSetup order(Settings pipeline, int computeThreads, int layersWithWeights, int samples, int batch) {
        String name = pipeline.text("schedule");
        Optional<Discipline> discipline = Discipline.named(name);
        if (discipline.isEmpty()) {
            Schedule schedule = schedule(pipeline, name, computeThreads, layersWithWeights);
            Checks.divides(schedule.microBatches(), batch);
            return OrderSetup.flushed(pipeline, schedule);
        }
        int replicas = replicas(pipeline);
        PipelineShape line = line(pipeline, name, computeThreads, layersWithWeights, batch / replicas);
        Checks.divides(line.microBatches() * replicas, batch);
        return OrderSetup.streamed(
                pipeline, discipline.get(), line, replicas, BatchOrder.stepsPerEpoch(samples, batch));
    }

    /** A known schedule, or a file's. */
    private static Schedule schedule(Settings pipeline, String name, int computeThreads, int layersWithWeights) {
        if (ScheduleSource.isFile(name)) {
            return ScheduleSource.read(name);
        }
        int chunks = pipeline.has("chunks")
                ? pipeline.integer("chunks")
                : Schedules.named(name).defaultChunks();
        int ranks = ranks(pipeline, name, Math.max(1, chunks), computeThreads, Math.max(1, layersWithWeights));
        int replicas = replicas(pipeline);
        int microBatches = Replication.share(microBatches(pipeline, replicas), replicas);
        PipelineShape shape = new PipelineShape(ranks, chunks, microBatches);
        return Replication.of(Schedules.generate(name, shape, costs(pipeline, shape)), replicas);
    }

    /** What planned schedules plan with: a file's, a block's, or F, I and W of equal length. */
    private static Costs costs(Settings pipeline, PipelineShape shape) {
        if (!pipeline.has(COST)) {
            return Costs.unit(shape);
        }
        return pipeline.isBlock(COST)
                ? CostFile.read(pipeline.block(COST), "pipeline.cost", shape.stages())
                : CostFile.read(Path.of(pipeline.text(COST)), shape.stages());
    }

    private static int replicas(Settings pipeline) {
        int replicas = pipeline.integer(REPLICAS);
        if (replicas < 1) {
            throw pipeline.problem(REPLICAS, replicas, "1 or more copies of the line");
        }
        return replicas;
    }

    /** Of a batch, over all replicas: as many as somebody says, or the usual number rounded up so that each replica has as many. */
    private static int microBatches(Settings pipeline, int replicas) {
        return pipeline.has(MICRO_BATCHES)
                ? pipeline.integer(MICRO_BATCHES)
                : (pipeline.integer("flush-micro-batches") + replicas - 1) / replicas * replicas;
    }

    /**
     * One copy of the line of a stream has a stage a rank.
     *
     * @param batch samples of a batch that go through the copy
     */
    private static PipelineShape line(
            Settings pipeline, String name, int computeThreads, int layersWithWeights, int batch) {
        if (pipeline.has("chunks") && pipeline.integer("chunks") != 1) {
            throw pipeline.problem("chunks", pipeline.integer("chunks"), "1, a stream has one stage a rank");
        }
        int ranks = ranks(pipeline, name, 1, computeThreads, Math.max(1, layersWithWeights));
        int microBatches = pipeline.has(MICRO_BATCHES)
                ? Replication.share(pipeline.integer(MICRO_BATCHES), replicas(pipeline))
                : StreamSpec.defaultMicroBatches(ranks, batch);
        return new PipelineShape(ranks, 1, microBatches);
    }

    /** What is computed a second time: some stages, or all that hold anything; and some layers. */
    static Recomputed recomputed(Settings pipeline, Order order) {
        Set<Integer> layers = Set.copyOf(pipeline.integers("recompute-layers"));
        if (pipeline.isList("recompute")) {
            return new Recomputed(Set.copyOf(pipeline.integers("recompute")), layers);
        }
        return new Recomputed(pipeline.flag("recompute") ? order.holding() : Set.of(), layers);
    }

    /**
     * Where the model is cut: by hand, as in {@code 4|3|2}, how many layers each stage holds; where it is cut into as many stages as
     * suit, so that a batch is shortest by the run's schedule, as far as that can be told without measuring; else empty. An order that is
     * itself planned from what stages take is left alone.
     *
     * @param batch samples
     * @param clipped whether no rank may step before the norm of the whole gradient is known
     * @throws IllegalArgumentException when what is said by hand is no such list, or does not fit the model
     */
    static Optional<Partition> partition(Settings pipeline, Model model, Order order, int batch, boolean clipped) {
        if (pipeline.has(LAYOUT)) {
            return Optional.of(Partition.of(model, counts(pipeline)));
        }
        String name = pipeline.text("schedule");
        if (!(order instanceof Flushed)
                || ScheduleSource.isFile(name)
                || Schedules.named(name).isPlanned()
                || pipeline.has("ranks")
                || !pipeline.text("stages").equals(AUTO)) {
            return Optional.empty();
        }
        int replicas = replicas(pipeline);
        int ranks = order.ranks() / replicas;
        PipelineShape shape = new PipelineShape(ranks, order.stages() / ranks, order.microBatches() / replicas);
        // on a cluster copies of a line step together, so that one may be lost
        boolean together = clipped
                || (pipeline.has("workers") && order.placement().replicas().size() > 1);
        return Optional.of(EstimatedCut.of(model, Schedules.named(name), shape, replicas, batch, together));
    }

    private static List<Integer> counts(Settings pipeline) {
        String layout = pipeline.text(LAYOUT);
        if (!layout.strip().matches("\\d{1,6}(\\s*\\|\\s*\\d{1,6})*")) {
            throw pipeline.problem(LAYOUT, layout, "numbers of layers, stage by stage, as in 4|3|2");
        }
        return Arrays.stream(layout.strip().split("\\s*\\|\\s*"))
                .map(Integer::valueOf)
                .toList();
    }

    private static int ranks(Settings pipeline, String name, int chunks, int computeThreads, int most) {
        if (pipeline.has(LAYOUT)) {
            int stages = counts(pipeline).size();
            int ranks = pipeline.has("ranks") ? pipeline.integer("ranks") : Math.max(1, stages / chunks);
            if (ranks * chunks != stages) {
                throw pipeline.problem(
                        LAYOUT,
                        pipeline.text(LAYOUT) + ", " + stages + " stages",
                        "a multiple of " + chunks + ", the stages that each rank of " + name + " holds"
                                + (pipeline.has("ranks") ? ", times " + ranks + " ranks" : ""));
            }
            return ranks;
        }
        String stages = pipeline.text("stages");
        if (pipeline.has("ranks")) {
            return pipeline.integer("ranks");
        }
        return switch (stages) {
            case AUTO -> {
                int workers = pipeline.has("workers") ? pipeline.integer("workers") : computeThreads;
                yield Math.max(1, Math.min(workers / replicas(pipeline), most / chunks));
            }
            case "layers" -> Math.max(1, most / chunks);
            default -> {
                int number = number(stages);
                if (number % chunks != 0) {
                    throw new IllegalArgumentException("stages: " + number + " (expected: a multiple of " + chunks
                            + ", the chunks that each rank of " + name + " holds); or use --ranks");
                }
                yield number / chunks;
            }
        };
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("stages: " + text + " (expected: a number, auto or layers)", e);
        }
    }
}
