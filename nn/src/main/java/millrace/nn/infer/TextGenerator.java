package millrace.nn.infer;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.function.Consumer;
import millrace.nn.data.Vocabulary;
import millrace.nn.model.Model;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * Continues a text with a model that predicts the next character at each position. The network sees the last
 * {@code context} characters. As long as there are fewer they stand on the left, and the logits are read behind the last
 * of them: no layer looks to the right, so it does not matter what stands there.
 */
public final class TextGenerator implements AutoCloseable {
    private final Predictor.Session session;
    private final Vocabulary vocabulary;
    private final int context;
    private final Arena arena = Arena.ofShared();
    private final Tensor window;

    /**
     * A generator, to be closed by the caller.
     *
     * @param model takes I32 [context], gives logits context x vocabulary
     * @throws IllegalArgumentException when the model does not, a position of it sees those behind it, or the weights are
     *     not its own
     */
    public TextGenerator(Model model, Predictor predictor, Vocabulary vocabulary) {
        Shape input = model.inputShape();
        if (model.inputType() != ElementType.I32
                || input.rank() != 1
                || !model.outputShape().equals(Shape.of(input.dimension(0), vocabulary.size()))) {
            throw new IllegalArgumentException(
                    "model " + model.name() + ": input " + input + ", output " + model.outputShape()
                            + " (expected: tokens in, and a logit for each of " + vocabulary.size()
                            + " characters at each position out); end it with dense of units = classes");
        }
        model.looksAhead().ifPresent(layer -> {
            throw new IllegalArgumentException("model " + model.name() + ": layer " + layer + " ("
                    + model.layers().get(layer).type() + ") sees what comes after a position (expected: layers that are"
                    + " causal, a text is continued from what came before); train one"
                    + " without causal = false and bidirectional = true");
        });
        this.context = input.dimension(0);
        this.vocabulary = vocabulary;
        this.session = predictor.session(1);
        this.window = Tensor.zeros(arena, ElementType.I32, input.batched(1));
    }

    /**
     * Makes a text.
     *
     * @param prompt what it continues; where it is empty, a text that begins after a line break, or where the vocabulary
     *     has none, after its first character
     * @param length characters to be made, 1 or more
     * @param sink is given the prompt, then each character when it is made
     * @throws IllegalArgumentException when the prompt has a character that is not in the vocabulary
     */
    public void generate(String prompt, int length, Sampler sampler, Consumer<String> sink) {
        if (length < 1) {
            throw new IllegalArgumentException("length: " + length + " (expected: 1 or more characters)");
        }
        int[] given = prompt.isEmpty() ? beginning() : vocabulary.tokens("prompt", prompt);
        int[] last = Arrays.copyOfRange(given, Math.max(0, given.length - context), given.length);
        int[] seen = Arrays.copyOf(last, context);
        int filled = last.length;
        sink.accept(prompt);
        for (int made = 0; made < length; made++) {
            int token = sampler.choose(logits(seen, filled), made);
            if (filled == context) {
                System.arraycopy(seen, 1, seen, 0, context - 1);
                filled--;
            }
            seen[filled++] = token;
            sink.accept(vocabulary.character(token));
        }
    }

    private int[] beginning() {
        return new int[] {Math.max(0, vocabulary.names().indexOf("\n"))};
    }

    /**
     * The logits of the character that comes next.
     *
     * @param tokens of a window
     * @param filled how many of them there are yet, from the left
     */
    float[] logits(int[] tokens, int filled) {
        for (int i = 0; i < context; i++) {
            window.setInt(i, tokens[i]);
        }
        Tensor output = session.infer(window);
        float[] logits = new float[vocabulary.size()];
        long offset = (long) (filled - 1) * logits.length;
        for (int i = 0; i < logits.length; i++) {
            logits[i] = output.getFloat(offset + i);
        }
        output.release();
        return logits;
    }

    @Override
    public void close() {
        session.close();
        arena.close();
    }
}
