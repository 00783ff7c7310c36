package millrace.app.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import millrace.app.config.CostFile;
import millrace.schedule.Costs;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What actions and messages cost, in numbers for all ranks or in a file stage by stage. */
final class CostOptions {
    private static final double MOST_TIME = 1e12;

    @Option(
            names = "--forward",
            paramLabel = "F",
            description = "time of a forward through all layers of a rank (default: 1)")
    private @Nullable Double forward;

    @Option(
            names = "--backward-input",
            paramLabel = "I",
            description = "time of the backward-input of the same layers (default: 1)")
    private @Nullable Double backwardInput;

    @Option(names = "--backward-weight", paramLabel = "W", description = "time of their backward-weight (default: 1)")
    private @Nullable Double backwardWeight;

    @Option(
            names = "--comm",
            paramLabel = "C",
            description = "time that a message takes from rank to rank (default: 0)")
    private @Nullable Double latency;

    @Option(
            names = "--weight-memory",
            paramLabel = "R",
            description =
                    "share of a micro-batch's memory that is still needed between its backward-input and its backward-weight"
                            + " (default: 1)")
    private @Nullable Double weightMemory;

    @Option(
            names = "--input-memory",
            paramLabel = "R",
            description =
                    "share of a micro-batch's memory that a stage which recomputes holds from its forward on (default: 0)")
    private @Nullable Double inputMemory;

    @Option(
            names = "--recompute-cost",
            paramLabel = "R",
            description =
                    "time of the second forward through all layers of a rank that recomputes (default: as the first)")
    private @Nullable Double recompute;

    @Option(
            names = "--cost",
            paramLabel = "FILE",
            description = "a file with the times of each stage instead, as compare --save-costs writes it")
    private @Nullable Path file;

    Costs of(PipelineShape shape) {
        if (file != null) {
            if (forward != null
                    || backwardInput != null
                    || backwardWeight != null
                    || latency != null
                    || weightMemory != null
                    || inputMemory != null
                    || recompute != null) {
                throw new IllegalArgumentException(
                        "--cost: " + file + " beside numbers (expected: either the file or --forward and the like)");
            }
            return CostFile.read(file, shape.stages());
        }
        double share = share("--weight-memory", weightMemory, 1);
        double ofInputs = share("--input-memory", inputMemory, 0);
        Costs uniform = Costs.uniform(
                shape,
                time("--forward", forward, 1),
                time("--backward-input", backwardInput, 1),
                time("--backward-weight", backwardWeight, 1),
                time("--comm", latency, 0),
                share);
        double again = time("--recompute-cost", recompute, time("--forward", forward, 1)) / shape.chunks();
        return new Costs(
                uniform.stages().stream()
                        .map(stage ->
                                stage.holdingOfInputs(ofInputs * stage.memory()).recomputingIn(again))
                        .toList(),
                uniform.link(),
                uniform.links());
    }

    /**
     * Those of a schedule, of which some stages may recompute.
     *
     * @param atBackward whether second forwards are a part of their backwards
     * @throws IllegalArgumentException when options say how stages do that, and none does
     */
    Costs of(Schedule schedule, boolean atBackward) {
        Costs costs = of(ShapeOptions.shape(schedule));
        if (schedule.recomputed().isEmpty()) {
            requireUnused(schedule, "--input-memory", inputMemory);
            requireUnused(schedule, "--recompute-cost", recompute);
        }
        if (!atBackward) {
            return costs;
        }
        List<StageCost> stages = new ArrayList<>(costs.stages());
        for (int stage : schedule.recomputed()) {
            stages.set(stage, stages.get(stage).recomputingAtBackward());
        }
        return new Costs(stages, costs.link(), costs.links());
    }

    private static void requireUnused(Schedule schedule, String option, @Nullable Object given) {
        if (given != null) {
            throw new IllegalArgumentException(option + ": " + given + " with " + schedule.name()
                    + ", which recomputes nothing (expected: a schedule that does); set --recompute, and name stages where"
                    + " none holds anything for a while");
        }
    }

    private static double share(String option, @Nullable Double given, double otherwise) {
        double share = orElse(given, otherwise);
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException(option + ": " + share + " (expected: a share from 0 to 1)");
        }
        return share;
    }

    private static double time(String option, @Nullable Double given, double otherwise) {
        double time = orElse(given, otherwise);
        if (!(time >= 0 && time <= MOST_TIME)) {
            throw new IllegalArgumentException(
                    option + ": " + time + " (expected: a number from 0 to " + MOST_TIME + ")");
        }
        return time;
    }

    private static double orElse(@Nullable Double value, double otherwise) {
        return value == null ? otherwise : value;
    }
}
