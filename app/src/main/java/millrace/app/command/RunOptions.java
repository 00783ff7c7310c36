package millrace.app.command;

import com.typesafe.config.Config;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that mean the same in every command that has a run. */
final class RunOptions {
    @Mixin
    private GivenSettings given = new GivenSettings();

    @Mixin
    private LineOptions line = new LineOptions();

    @Option(
            names = "--weights",
            paramLabel = "POLICY",
            description =
                    "async-1f1b: which version of the weights a forward and its backward use: stash, vertical, 2bw, live, predict,"
                            + " nesterov (default: stash; greedy knows stash and live)")
    private @Nullable String weights;

    @Option(
            names = "--allowance",
            paramLabel = "A",
            description =
                    "async-1f1b, greedy: for slow links, how many micro-batches more may be under way for each stage that"
                            + " follows: 2 x latency / (time of a forward and a backward), rounded up (default: 0)")
    private @Nullable Integer allowance;

    @Option(
            names = "--correct",
            paramLabel = "SPEC",
            description =
                    "async-1f1b, greedy: corrections for late gradients, as in t1=500,t2=0.135,t3=1,dc=0.04 (t1 to t3 are"
                            + " PipeMare's, dc is delay compensation)")
    private @Nullable String correct;

    @Option(
            names = "--cost",
            paramLabel = "FILE",
            description =
                    "measured times that schedules like zb-1p are planned with, as compare --save-costs writes them (default: forward,"
                            + " backward-input and backward-weight take equally long)")
    private @Nullable String cost;

    @Option(
            names = "--messages",
            paramLabel = "f32|bf16",
            description =
                    "bf16: activations and error deltas are rounded to bfloat16 between stages, half the bytes (default:"
                            + " f32)")
    private @Nullable String messages;

    @Option(
            names = "--link",
            paramLabel = "SPEC",
            description = "make the connections between ranks slow or unreliable on purpose, as in"
                    + " latency=2ms,jitter=1ms,bandwidth=1Gbit; drop=P and duplicate=P are probabilities that a"
                    + " message is lost or comes twice; slow=1:2 makes all work of rank 1 take twice as long")
    private @Nullable String link;

    @Option(
            names = "--recompute",
            description =
                    "keep only the input of a stage and compute its activations a second time for the backward: less"
                            + " memory, about a third more work, the same weights (for some stages only:"
                            + " -D pipeline.recompute=[0,1])")
    private boolean recompute;

    @Option(names = "--epochs", paramLabel = "E", description = "passes over the training set")
    private @Nullable Integer epochs;

    @Option(
            names = "--steps",
            paramLabel = "K",
            description = "end after so many optimizer steps, even within an epoch")
    private @Nullable Long steps;

    @Option(
            names = "--evaluate-every",
            paramLabel = "K",
            description = "evaluate after every K batches too, not only at the ends of epochs")
    private @Nullable Integer evaluateEvery;

    @Option(
            names = "--precision",
            paramLabel = "f32|bf16",
            description =
                    "bf16: the numbers that are multiplied in products of matrices are rounded to bfloat16; sums and weights"
                            + " stay float32 (default: f32)")
    private @Nullable String precision;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "seed of all random numbers: first weights, order of the samples, dropout")
    private @Nullable Long seed;

    @Option(
            names = "--optimizer",
            paramLabel = "NAME",
            description = "sgd, adam, adamw, nadam, nadamw, rmsprop, adagrad")
    private @Nullable String optimizer;

    @Option(names = "--lr", paramLabel = "X", description = "learning rate")
    private @Nullable Double learningRate;

    @Option(
            names = "--text",
            paramLabel = "FILE",
            description = "a text file in UTF-8 instead of the run's data, for networks that read texts: gpt-tiny,"
                    + " lstm-char, gru-char")
    private @Nullable String text;

    @Option(
            names = "--clip-norm",
            paramLabel = "X",
            description =
                    "scale the gradient of the whole network down to this norm where it is larger; not for async-1f1b and greedy")
    private @Nullable Double clipNorm;

    @Option(
            names = "--gradient-norms",
            description = "show the norm of each stage's gradient, for epochs, and with --log-every for steps")
    private boolean gradientNorms;

    /** The settings of a preset or file with these options on top. */
    Config resolve(String presetOrFile) {
        return resolve(presetOrFile, Map.of());
    }

    /**
     * The settings of a preset or file with these options on top.
     *
     * @param more what other options say
     */
    Config resolve(String presetOrFile, Map<String, Object> more) {
        return given.resolve(presetOrFile, settings(more));
    }

    /** Saved settings with these options on top. */
    Config resolve(Config saved) {
        return resolve(saved, Map.of());
    }

    /** Saved settings with these options on top, and with what other options say. */
    Config resolve(Config saved, Map<String, Object> more) {
        return given.resolve(saved, settings(more));
    }

    private Map<String, Object> settings(Map<String, Object> more) {
        Map<String, Object> settings = new LinkedHashMap<>(more);
        line.addTo(settings);
        LineOptions.put(settings, "pipeline.weights", weights);
        LineOptions.put(settings, "pipeline.allowance", allowance);
        LineOptions.put(settings, "pipeline.correct", correct);
        LineOptions.put(settings, "pipeline.cost", cost);
        LineOptions.put(settings, "pipeline.messages", messages);
        LineOptions.put(settings, "pipeline.link", link);
        LineOptions.put(settings, "pipeline.recompute", recompute ? Boolean.TRUE : null);
        LineOptions.put(settings, "training.precision", precision);
        LineOptions.put(settings, "training.epochs", epochs);
        LineOptions.put(settings, "training.steps", steps);
        LineOptions.put(settings, "training.evaluate-every", evaluateEvery);
        LineOptions.put(settings, "training.seed", seed);
        LineOptions.put(settings, "training.optimizer.name", optimizer);
        LineOptions.put(settings, "training.optimizer.lr", learningRate);
        LineOptions.put(settings, "data.text", text);
        LineOptions.put(settings, "training.clip-norm", clipNorm);
        LineOptions.put(settings, "training.gradient-norms", gradientNorms ? Boolean.TRUE : null);
        return settings;
    }

    /**
     * @param without what another option decides
     * @param other that option
     * @throws IllegalArgumentException when such a setting is given, as an option of its own or with -D
     */
    void requireNoneBeside(Predicate<String> without, String other) {
        settings(Map.of()).keySet().stream().filter(without).findFirst().ifPresent(key -> {
            throw new IllegalArgumentException(
                    other + " beside " + key + " (expected: one of them, both say it); leave one of them out");
        });
        given.requireNone(without, "nothing of what " + other + " says");
    }

    /**
     * @param without what has no effect in this command
     * @throws IllegalArgumentException when such a setting is given
     */
    void requireNone(Predicate<String> without, String expected) {
        given.requireNone(without, expected);
    }
}
