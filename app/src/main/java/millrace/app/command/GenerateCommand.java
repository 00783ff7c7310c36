package millrace.app.command;

import com.typesafe.config.Config;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import millrace.actors.checkpoint.Checkpoint;
import millrace.app.config.RunFile;
import millrace.app.config.SavedRun;
import millrace.app.output.json.JsonLine;
import millrace.nn.data.Vocabulary;
import millrace.nn.infer.Predictor;
import millrace.nn.infer.Sampler;
import millrace.nn.infer.TextGenerator;
import millrace.nn.model.Model;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code generate}: a text by a network that was trained with one. */
@Command(
        name = "generate",
        description = {
            "Generates text with a network that was trained on text (presets gpt-tiny, lstm-char, gru-char).",
            "Each character is printed as soon as it is made. The text of the training is not needed."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace generate runs/gpt-tiny-20261122-101500 --prompt 'Call me'",
            "  millrace generate runs/gpt-tiny-20261122-101500 --length 2000 --temperature 0.8 --top-k 20 --seed 7"
        })
public final class GenerateCommand implements Callable<Integer> {
    @Mixin
    private CheckpointArgument checkpoint = new CheckpointArgument();

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            description = "beginning of the text (default: none; the text begins as if after a line break)")
    private String prompt = "";

    @Option(
            names = "--length",
            paramLabel = "N",
            defaultValue = "500",
            description = "how many characters to generate after the prompt (default: 500)")
    private int length;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "1",
            description =
                    "what the logits are divided by: the lower, the more often likely characters are chosen; 0: always the likeliest (default: 1)")
    private double temperature;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            description = "choose among the K likeliest characters only (default: among all)")
    private @Nullable Integer topK;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "1",
            description = "seed of the random choices: the same seed gives the same text (default: 1)")
    private long seed;

    @Mixin
    private OutputOptions output = new OutputOptions();

    private final Interrupts interrupts = new Interrupts(output);

    @Override
    public Integer call() {
        if (topK != null && topK < 1) {
            throw new IllegalArgumentException("--top-k: " + topK + " (expected: 1 or more); leave it out for all");
        }
        Sampler sampler = new Sampler(temperature, topK == null ? 0 : topK, seed);
        Checkpoint loaded = checkpoint.load(output);
        Config config = RunFile.resolve(RunFile.parse(loaded.runFile()), List.of(), Map.of());
        SavedRun run = SavedRun.of(config);
        Model model = run.model();
        Vocabulary vocabulary = run.vocabulary()
                .orElseThrow(
                        () -> new IllegalArgumentException(
                                checkpoint.path() + ": its model reads no text (expected: one"
                                        + " that was trained with a text, as the presets gpt-tiny, lstm-char and gru-char are)"));
        PrintWriter out = output.out();
        try (interrupts;
                TextGenerator generator =
                        new TextGenerator(model, new Predictor(model, loaded.tensors()), vocabulary)) {
            interrupts.listen();
            if (output.json()) {
                StringBuilder text = new StringBuilder();
                generate(generator, sampler, text::append);
                out.println(event(loaded, text.toString()));
            } else {
                generate(generator, sampler, part -> {
                    out.print(part);
                    out.flush();
                });
                out.println();
            }
        }
        out.flush();
        return interrupts.isReceived() ? interrupts.status() : 0;
    }

    /** Until the text is as long as was asked for, or the command is interrupted: what is made then is as good a text. */
    private void generate(TextGenerator generator, Sampler sampler, Consumer<String> sink) {
        try {
            generator.generate(prompt, length, sampler, part -> {
                sink.accept(part);
                if (interrupts.isReceived()) {
                    throw new CancellationException();
                }
            });
        } catch (CancellationException _) {
            // the sink has what was made
        }
    }

    private JsonLine event(Checkpoint loaded, String text) {
        return JsonLine.event("generated")
                .put("checkpoint", loaded.path().toString())
                .put("step", loaded.step())
                .put("prompt", prompt)
                .put("text", text)
                .put("length", length)
                .put("temperature", temperature)
                .put("top_k", topK)
                .put("seed", seed);
    }
}
