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
                    "stages that hold only the inputs of their forwards and do them again before their backwards (R), as in 0,1"
                            + " (without numbers: all that hold anything for a while)")
    private @Nullable String recompute;

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
                return recomputing(ScheduleSource.read(name), recompute);
            }
            Schedule line = Schedules.generate(name, shape, costs.of(shape));
            return Validator.checked(recomputing(Replication.of(line, replicas), recompute));
        }
    }

    private static Schedule recomputing(Schedule schedule, @Nullable String stages) {
        if (stages == null) {
            return schedule;
        }
        if (stages.equals(ALL)) {
            List<Integer> all = IntStream.range(0, schedule.stages()).boxed().toList();
            return Recomputation.of(schedule, Recomputation.worthwhile(schedule, all));
        }
        List<Integer> named = new ArrayList<>();
        for (String number : stages.split(",", -1)) {
            int stage = number.matches("\\d{1,9}") ? Integer.parseInt(number) : -1;
            if (stage < 0 || stage >= schedule.stages()) {
                throw new IllegalArgumentException("--recompute: " + stages + " (expected: stages from 0 to "
                        + (schedule.stages() - 1) + " with commas between, or nothing for all that hold anything)");
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
        List<Wanted> all = new ArrayList<>();
        for (String name : names) {
            if (ScheduleSource.isFile(name)) {
                if (replicas != 1) {
                    throw new IllegalArgumentException("--replicas: " + replicas + " with " + name
                            + " (expected: 1, a file says itself who holds what)");
                }
                all.add(new Wanted(name, null, 1, recompute, null));
                continue;
            }
            if (ranks.isEmpty() || microBatches.isEmpty()) {
                throw new IllegalArgumentException((ranks.isEmpty() ? "--ranks" : "--micro-batches")
                        + ": nothing (expected: a number, as in --ranks 4 --micro-batches 8)");
            }
            List<Integer> usual = List.of(Schedules.usualChunks(name).orElse(1));
            for (int p : ranks) {
                for (int m : microBatches) {
                    for (int v : chunks.isEmpty() ? usual : chunks) {
                        all.add(wanted(name, p, v, m));
                    }
                }
            }
        }
        return all;
    }

    private Wanted wanted(String name, int ranks, int chunks, int microBatches) {
        try {
            PipelineShape shape = new PipelineShape(ranks, chunks, Replication.share(microBatches, replicas));
            long forwards = (long) shape.stages() * microBatches;
            if (forwards > MOST_FORWARDS) {
                throw new IllegalArgumentException("ranks x chunks x micro-batches: " + forwards
                        + " (expected: at most " + MOST_FORWARDS + ", what fits into memory)");
            }
            return new Wanted(name, shape, replicas, recompute, null);
        } catch (IllegalArgumentException | ArithmeticException e) {
            return new Wanted(name, null, replicas, recompute, name + ": " + e.getMessage());
        }
    }
}
