package millrace.app.command;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.checkpoint.FirstWeights;
import millrace.actors.checkpoint.Leftovers;
import millrace.actors.checkpoint.ResumePoint;
import millrace.actors.plan.Start;
import millrace.app.command.ClusterOptions.Where;
import millrace.app.config.RunFile;
import millrace.nn.model.Model;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a run is made of: a preset, a run file or a checkpoint, the weights that it begins with, and options on top. */
final class RunSource {
    private static final String USUAL_PRESET = "mlp-mnist";
    private static final String USUAL_DATA = "mnist";

    @Parameters(
            arity = "0..1",
            paramLabel = "PRESET|FILE",
            description = "a preset (millrace presets lists them) or a run file (default: mlp-mnist)")
    private @Nullable String preset;

    @Mixin
    private RunOptions options = new RunOptions();

    @Option(
            names = "--resume",
            paramLabel = "CHECKPOINT",
            description =
                    "go on with a run from a checkpoint, with its settings; from a run's folder: from its last checkpoint")
    private @Nullable Path resume;

    @Option(
            names = "--init",
            paramLabel = "PATH",
            description = "begin with the weights of a safetensors file, which has the names and shapes of PyTorch's"
                    + " nn.Sequential (save_file(model.state_dict(), PATH)), or of the folder of a checkpoint or run")
    private @Nullable Path init;

    private @Nullable Checkpoint checkpoint;

    /**
     * The settings, resolved.
     *
     * @param more what other options say
     * @param where the run is to be trained: what is not here of a checkpoint is fetched from that cluster
     * @param output for what is to be known of a checkpoint
     */
    Config resolve(Map<String, Object> more, Where where, OutputOptions output) {
        if (resume == null) {
            return fresh(more);
        }
        if (preset != null || init != null) {
            throw new IllegalArgumentException("--resume with " + (preset != null ? preset : "--init")
                    + " (expected: neither preset nor --init, the checkpoint holds settings and weights)");
        }
        if (where instanceof Where.Running(List<String> addresses, String host) && RunFetch.mayBeElsewhere(resume)) {
            RunFetch.fetch(resume, addresses, host, output);
        }
        Leftovers.remove(resume);
        Checkpoint saved = CheckpointArgument.newest(resume, output);
        checkpoint = saved;
        options.requireNone("training.kernels"::equals, "the checkpoint's, a run keeps its kernels");
        return options.resolve(RunFile.parse(saved.runFile()), more);
    }

    /** The usual preset is for its own data: its network and its learning rates fit no other. */
    private Config fresh(Map<String, Object> more) {
        if (preset != null) {
            return options.resolve(preset, more);
        }
        Config config = options.resolve(USUAL_PRESET, more);
        String set = config.hasPath("data.text") ? config.getString("data.text") : config.getString("data.set");
        if (!set.equals(USUAL_DATA)) {
            throw new IllegalArgumentException("data: " + set + " without a network (expected: a run file with"
                    + " model.layers, or a preset by name; without either it is " + USUAL_PRESET
                    + ", which is for " + USUAL_DATA + "); see millrace presets");
        }
        return config;
    }

    /**
     * Refuses options beside another one that decides the same.
     *
     * @param without keys of settings that may not be given
     * @param other the option that decides
     */
    void requireNone(Predicate<String> without, String other) {
        options.requireNoneBeside(without, other);
    }

    /** The checkpoint that it goes on from, after {@link #resolve}. */
    Optional<Checkpoint> checkpoint() {
        return Optional.ofNullable(checkpoint);
    }

    /** The weights that were given for a run that begins. */
    Optional<Path> init() {
        return Optional.ofNullable(init);
    }

    /** The best epoch before a checkpoint, for a run that takes its weights back. */
    Optional<ResumePoint> resumePoint(Config config) {
        return checkpoint().map(saved -> ResumePoint.of(saved, config.getBoolean("training.restore-best")));
    }

    /** Where it begins. */
    Start start(Optional<ResumePoint> from, Model model, OutputOptions output) {
        return from.map(point -> point.start(model))
                .or(() -> init().map(path -> new Start(0, firstWeights(path, model, output))))
                .orElse(Start.FRESH);
    }

    private static Map<String, Tensor> firstWeights(Path path, Model model, OutputOptions output) {
        return FirstWeights.read(path, model, notice -> {
            output.err().println("warning: " + notice + "; another checkpoint is used");
            output.err().flush();
        });
    }
}
