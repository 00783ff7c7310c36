package millrace.app.command;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import millrace.app.config.ScheduleSource;
import millrace.schedule.Costs;
import millrace.schedule.PipelineShape;
import millrace.schedule.Recomputation;
import millrace.schedule.Replication;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.Validator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which schedules a command is about: every combination of names, ranks, micro-batches and chunks. */
final class ShapeOptions {
    private static final long MOST_FORWARDS = 16_000_000;
    private static final String ALL = "all";
    private static final String NONE = "none";
    private static final String WAVES = "hanayo";
    private static final int MOST_WAVES = 1_000;

    @Parameters(
            paramLabel = "NAME|FILE.csv",
            split = ",",
            arity = "1",
            description = "one or more schedules with commas between; millrace schedules lists all names")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--ranks",
            paramLabel = "P",
            split = ",",
            description = "number of ranks, or several numbers with commas")
    private List<Integer> ranks = new ArrayList<>();

    @Option(
            names = "--micro-batches",
            paramLabel = "M",
            split = ",",
            description = "micro-batches of a batch, one number or several with commas")
    private List<Integer> microBatches = new ArrayList<>();

    @Option(
            names = "--chunks",
            paramLabel = "V",
            split = ",",
            description =
                    "stages that a rank holds, one number or several with commas (default: what is usual for the schedule)")
    private List<Integer> chunks = new ArrayList<>();

    @Option(
            names = "--replicas",
            paramLabel = "R",
            defaultValue = "1",
            description =
                    "copies of the line side by side, each with P ranks of its own and every R-th micro-batch (default: 1)")
    private int replicas = 1;

    @Option(
            names = "--recompute",
            paramLabel = "STAGES",
            arity = "0..1",
            fallbackValue = ALL,
            description =
                    "stages that hold only the inputs of their forwards and do them again before their backwards (R): none, numbers as"
                            + " in 0,1, or all that hold anything for a while (without a word: all)")
    private @Nullable String recompute;

    @Option(
            names = "--recompute-at",
            paramLabel = "own|backward",
            description =
                    "own: the second forward is an action of its own, which may begin before the error delta is there, and all does not"
                            + " name stages that hold nothing; backward: it is a part of the backward (default: own)")
    private @Nullable String recomputeAt;

    @Option(
            names = "--waves",
            paramLabel = "W",
            split = ",",
            description =
                    "hanayo: how often the line goes over the ranks there and back, one number or several with commas; a rank"
                            + " holds 2 x W stages (default: 2)")
    private List<Integer> waves = new ArrayList<>();

    /**
     * Whether second forwards are a part of their backwards.
     *
     * @throws IllegalArgumentException on another word, or where nothing recomputes
     */
    boolean isRecomputedAtBackward() {
        if (recomputeAt == null) {
            return false;
        }
        if (!recomputeAt.equals("own") && !recomputeAt.equals("backward")) {
            throw new IllegalArgumentException("--recompute-at: " + recomputeAt + " (expected: own or backward)");
        }
        if (recompute == null || recompute.equals(NONE)) {
            throw new IllegalArgumentException(
                    "--recompute-at: " + recomputeAt + " (expected: with --recompute, which says what does)");
        }
        return recomputeAt.equals("backward");
    }

    /** What costs a shape has. */
    interface CostModel {
        Costs of(PipelineShape shape);
    }

    /** A combination; a file has no shape until it is read. */
    record Wanted(
            String name,
            @Nullable PipelineShape shape,
            int replicas,
            @Nullable String recompute,
            boolean atBackward,
            @Nullable String problem) {
        /**
         * The validated schedule.
         *
         * @throws IllegalArgumentException when there is none
         */
        Schedule generate(CostModel costs) {
            if (problem != null) {
                throw new IllegalArgumentException(problem);
            }
            if (shape == null) {
                return recomputing(ScheduleSource.read(name), recompute, atBackward);
            }
            Schedule line = Schedules.generate(name, shape, costs.of(shape));
            return Validator.checked(recomputing(Replication.of(line, replicas), recompute, atBackward));
        }
    }

    private static Schedule recomputing(Schedule schedule, @Nullable String stages, boolean atBackward) {
        if (stages == null || stages.equals(NONE)) {
            return schedule;
        }
        if (stages.equals(ALL)) {
            // at the backward no stage is left out
            return Recomputation.of(
                    schedule,
                    atBackward
                            ? IntStream.range(0, schedule.stages()).boxed().toList()
                            : Recomputation.worthwhile(schedule));
        }
        List<Integer> named = new ArrayList<>();
        for (String number : stages.split(",", -1)) {
            int stage = number.matches("\\d{1,9}") ? Integer.parseInt(number) : -1;
            if (stage < 0 || stage >= schedule.stages()) {
                throw new IllegalArgumentException("--recompute: " + stages + " (expected: stages from 0 to "
                        + (schedule.stages() - 1) + " with commas between, none, or all)");
            }
            named.add(stage);
        }
        return Recomputation.of(schedule, named);
    }

    /** The shape of one replica of a schedule that was read or generated; its micro-batches are those of all. */
    static PipelineShape shape(Schedule schedule) {
        int chunks = Math.max(1, schedule.placement().chunks());
        int ranks = (schedule.stages() + chunks - 1) / chunks;
        return new PipelineShape(ranks, chunks, schedule.microBatches());
    }

    /** All combinations in the order of the options. */
    List<Wanted> combinations() {
        checkWaves();
        boolean atBackward = isRecomputedAtBackward();
        List<Wanted> all = new ArrayList<>();
        for (String name : names) {
            if (ScheduleSource.isFile(name)) {
                if (replicas != 1) {
                    throw new IllegalArgumentException("--replicas: " + replicas + " with " + name
                            + " (expected: 1, a file says itself who holds what)");
                }
                all.add(new Wanted(name, null, 1, recompute, atBackward, null));
                continue;
            }
            if (ranks.isEmpty() || microBatches.isEmpty()) {
                throw new IllegalArgumentException((ranks.isEmpty() ? "--ranks" : "--micro-batches")
                        + ": nothing (expected: a number, as in --ranks 4 --micro-batches 8)");
            }
            List<Integer> held = chunks(name);
            for (int p : ranks) {
                for (int m : microBatches) {
                    for (int v : held) {
                        all.add(wanted(name, p, v, m, atBackward));
                    }
                }
            }
        }
        return all;
    }

    private List<Integer> chunks(String name) {
        if (!waves.isEmpty() && name.equals(WAVES)) {
            return waves.stream().map(number -> 2 * number).toList();
        }
        return chunks.isEmpty() ? List.of(Schedules.usualChunks(name).orElse(1)) : chunks;
    }

    private void checkWaves() {
        for (int number : waves) {
            if (number < 1 || number > MOST_WAVES) {
                throw new IllegalArgumentException("--waves: " + number + " (expected: 1 to " + MOST_WAVES
                        + ", how often the line goes there and back)");
            }
        }
        if (!waves.isEmpty() && (!names.contains(WAVES) || !chunks.isEmpty())) {
            throw new IllegalArgumentException("--waves: " + waves
                    + (chunks.isEmpty() ? " with " + String.join(", ", names) : " beside --chunks")
                    + " (expected: with "
                    + WAVES + ", and no --chunks)");
        }
    }

    private Wanted wanted(String name, int ranks, int chunks, int microBatches, boolean atBackward) {
        try {
            PipelineShape shape = new PipelineShape(ranks, chunks, Replication.share(microBatches, replicas));
            long forwards = (long) shape.stages() * microBatches;
            if (forwards > MOST_FORWARDS) {
                throw new IllegalArgumentException("ranks x chunks x micro-batches: " + forwards
                        + " (expected: at most " + MOST_FORWARDS + ", what fits into memory)");
            }
            return new Wanted(name, shape, replicas, recompute, atBackward, null);
        } catch (IllegalArgumentException | ArithmeticException e) {
            return new Wanted(name, null, replicas, null, atBackward, name + ": " + e.getMessage());
        }
    }
}
