package millrace.app.command;

import com.typesafe.config.Config;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.checkpoint.FirstWeights;
import millrace.actors.checkpoint.ResumePoint;
import millrace.actors.checkpoint.SavedModel;
import millrace.actors.plan.CourseState;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The trained network that a command was given: a checkpoint, or a preset or run file with weights from elsewhere. A line on
 * standard error where it is another checkpoint than the one that was meant.
 */
final class CheckpointArgument {
    @Parameters(
            index = "0",
            paramLabel = "CHECKPOINT",
            description =
                    "folder of a run (for its best checkpoint) or of a checkpoint; with --init a preset or run file")
    private Path checkpoint = Path.of("");

    @Option(
            names = "--init",
            paramLabel = "PATH",
            description =
                    "use weights from elsewhere, without any training: a safetensors file, as for train --init. CHECKPOINT"
                            + " is then a preset or run file, which says what the network and its data are")
    private @Nullable Path init;

    @Mixin
    private RunFetch elsewhere = new RunFetch();

    /** A checkpoint, of a run folder its best one; or step 0 of a run that would begin with the weights of --init. */
    Checkpoint load(OutputOptions output) {
        return load(output, presetOrFile -> RunFile.resolve(presetOrFile, List.of(), Map.of()));
    }

    /**
     * The same for commands that take settings.
     *
     * @param settings of a preset or run file, with those of the command line
     */
    Checkpoint load(OutputOptions output, Function<String, Config> settings) {
        if (init != null) {
            return imported(init, output, settings);
        }
        boolean weights = checkpoint.toString().toLowerCase(Locale.ROOT).endsWith(".safetensors");
        if (Files.isRegularFile(checkpoint) || RunFile.PRESETS.contains(checkpoint.toString())) {
            throw new IllegalArgumentException(checkpoint + ": "
                    + (weights ? "weights without their network" : "a network without weights")
                    + " (expected: the folder of a checkpoint or of a run); or give both: "
                    + (weights ? "RUNFILE --init " + checkpoint : checkpoint + " --init WEIGHTS.safetensors"));
        }
        elsewhere.fetch(checkpoint, output);
        return warning(checkpoint, output.err(), CheckpointStore::load);
    }

    /** Whether settings decide what the network is, and not a run that has saved its own. */
    boolean isImported() {
        return init != null;
    }

    /** Where it is. */
    Path path() {
        return init == null ? checkpoint : init;
    }

    private Checkpoint imported(Path weights, OutputOptions output, Function<String, Config> settings) {
        if (Files.isDirectory(checkpoint)) {
            throw new IllegalArgumentException("--init: " + weights + " beside the folder " + checkpoint
                    + " (expected: a preset or run file, whose network the weights are of)");
        }
        RunSetup setup = RunSetup.of(settings.apply(checkpoint.toString()));
        Map<String, Tensor> tensors =
                FirstWeights.read(weights, setup.model(), notice -> warn(output.err(), notice, "another checkpoint"));
        return new Checkpoint(
                weights, 0, RunFile.render(setup.config()), SavedModel.UNKNOWN, Map.of(), CourseState.NONE, tensors);
    }

    /** A checkpoint, or of a run folder the newest that is whole. */
    static Checkpoint newest(Path path, OutputOptions output) {
        return warning(path, output.err(), ResumePoint::newest);
    }

    private static Checkpoint warning(
            Path path, PrintWriter err, BiFunction<Path, Consumer<String>, Checkpoint> loading) {
        List<String> notices = new ArrayList<>();
        Checkpoint loaded = loading.apply(path, notices::add);
        notices.forEach(notice -> warn(err, notice, loaded.path().toString()));
        return loaded;
    }

    private static void warn(PrintWriter err, String notice, String used) {
        err.println("warning: " + notice + "; " + used + " is used");
        err.flush();
    }
}
