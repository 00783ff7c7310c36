package millrace.actors.plan;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import millrace.nn.data.Dataset;
import millrace.nn.data.TextSource;
import millrace.nn.data.Vocabulary;
import millrace.nn.layer.Block;
import millrace.nn.layer.Layers;
import millrace.nn.layer.Recurrent;
import millrace.nn.layer.SelfAttention;
import millrace.nn.layer.TransformerBlock;
import millrace.nn.loss.Loss;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A network whose positions see those behind them would only copy the token that it is to predict. */
class LookingAheadTest {
    private static final int CONTEXT = 4;
    private static final Loss LOSS = Losses.crossEntropy();

    static IntStream seeds() {
        return IntStream.range(0, 20);
    }

    private static Model model(int tokens, Block attention) {
        return Model.of(Shape.of(CONTEXT), Layers.embedding(tokens, 8), attention, Layers.dense(tokens));
    }

    private static Block attention(Random random, boolean causal) {
        if (random.nextInt(3) == 0) {
            return new Recurrent(Recurrent.Cell.LSTM, 4, true, !causal);
        }
        return random.nextBoolean()
                ? new SelfAttention(2, causal, Initializer.PYTORCH)
                : new TransformerBlock(8, 2, 0, causal, Initializer.PYTORCH);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void onlyACausalNetworkPredictsTheNextCharacter(int seed) {
        Random random = new Random(seed);
        StringBuilder characters = new StringBuilder("ab\ncd\n");
        for (int i = 0; i < 40; i++) {
            characters.append("abcdefg \n".charAt(random.nextInt(9)));
        }
        TextSource text = new TextSource("text", characters.append("\nabc\n").toString());
        Vocabulary vocabulary = text.vocabulary();
        List<Dataset> sets = List.of(
                text.windows(CONTEXT, vocabulary),
                new TextSource("text", "ab\nabc\nd\nabc\n").lines(CONTEXT, vocabulary));

        for (Dataset set : sets) {
            assertThatCode(() -> Checks.fits(model(vocabulary.size(), attention(new Random(seed), true)), LOSS, set))
                    .as("seed %d", seed)
                    .doesNotThrowAnyException();
            assertThatIllegalArgumentException()
                    .as("seed %d", seed)
                    .isThrownBy(() ->
                            Checks.fits(model(vocabulary.size(), attention(new Random(seed), false)), LOSS, set))
                    .withMessageMatching(
                            "layer [13] \\((attention|lstm)\\): not causal \\(expected: causal, data text asks at"
                                    + " each position for the token that comes next, which the layer sees there\\); leave out"
                                    + " causal = false or bidirectional = true");
        }
    }

    /** Labels of the positions themselves, such as parts of speech: there it is right to see what comes after. */
    @ParameterizedTest
    @MethodSource("seeds")
    void aNetworkThatLabelsWhatIsThereMaySeeAll(int seed) {
        Random random = new Random(seed);
        Tensor inputs = tokens(random);
        Dataset set = new Dataset("tags", inputs, tokens(random), List.of("a", "b", "c", "d", "e"));

        assertThatCode(() -> Checks.fits(model(5, attention(random, false)), LOSS, set))
                .as("seed %d", seed)
                .doesNotThrowAnyException();
    }

    private static Tensor tokens(Random random) {
        int[] values = random.ints(6L * CONTEXT, 0, 5).toArray();
        return Tensor.labels(Arena.ofAuto(), values).reshape(Shape.of(6, CONTEXT));
    }
}
