package millrace.nn.infer;

import static millrace.nn.layer.Layers.bidirectionalLstm;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.embedding;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import millrace.nn.data.Vocabulary;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Layers;
import millrace.nn.layer.SelfAttention;
import millrace.nn.model.Model;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.DrawnWeights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TextGeneratorTest {
    private static final Vocabulary ABC = Vocabulary.of("abc");
    private static final Sampler GREEDY = new Sampler(0, 0, 1);

    /** After each character comes the next of the alphabet, after the last the first. */
    private static TextGenerator alphabet() {
        Model model = Model.of(Shape.of(3), embedding(3, 3), dense(3));
        Tensor one = Tensor.of(Arena.ofAuto(), Shape.of(3, 3), 1, 0, 0, 0, 1, 0, 0, 0, 1);
        // out x in: row b has its one in column a
        Tensor next = Tensor.of(Arena.ofAuto(), Shape.of(3, 3), 0, 0, 1, 1, 0, 0, 0, 1, 0);
        Tensor bias = Tensor.of(Arena.ofAuto(), Shape.of(3), 0, 0, 0);
        return new TextGenerator(
                model, new Predictor(model, Map.of("0.weight", one, "1.weight", next, "1.bias", bias)), ABC);
    }

    private static List<Model> models() {
        return List.of(
                Model.of(
                        Shape.of(8),
                        embedding(3, 16),
                        Layers.positionalEmbedding(8),
                        Layers.transformerBlock(16, 2),
                        Layers.layerNorm(),
                        dense(3)),
                Model.of(Shape.of(8), embedding(3, 16), Layers.lstm(16), dense(3)),
                Model.of(Shape.of(8), embedding(3, 16), Layers.gru(16), dense(3)));
    }

    private static TextGenerator untrained(Model model) {
        Map<String, Tensor> weights = new HashMap<>();
        DrawnWeights.of(model, 7).forEach(named -> weights.put(named.name(), named.tensor()));
        return new TextGenerator(model, new Predictor(model, weights), ABC);
    }

    private static String text(TextGenerator generator, String prompt, int length, Sampler sampler) {
        StringBuilder text = new StringBuilder();
        generator.generate(prompt, length, sampler, text::append);
        return text.toString();
    }

    @Test
    void theCharacterAfterTheLastOneIsTaken() {
        try (TextGenerator generator = alphabet()) {
            // shorter than the context of 3, as long, longer
            assertThat(text(generator, "b", 7, GREEDY)).isEqualTo("bcabcabc");
            assertThat(text(generator, "bcc", 4, GREEDY)).isEqualTo("bccabca");
            assertThat(text(generator, "aaaaab", 4, GREEDY)).isEqualTo("aaaaabcabc");
            // no line break in the vocabulary: as after an a
            assertThat(text(generator, "", 4, GREEDY)).isEqualTo("bcab");
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void whatStandsBehindTheLastCharacterDoesNotMatter(Model model) {
        try (TextGenerator generator = untrained(model)) {
            float[] one = generator.logits(new int[] {1, 2, 0, 0, 0, 0, 0, 0}, 2);
            float[] other = generator.logits(new int[] {1, 2, 2, 1, 1, 2, 1, 2}, 2);
            float[] changed = generator.logits(new int[] {2, 2, 0, 0, 0, 0, 0, 0}, 2);

            assertThat(other).containsExactly(one);
            assertThat(changed).isNotEqualTo(one);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void onlyTheLastCharactersOfTheContextCount(Model model) {
        try (TextGenerator generator = untrained(model)) {
            Sampler sampler = new Sampler(1, 0, 3);
            String all = text(generator, "aaabbcbacba", 20, sampler);

            assertThat(all).startsWith("aaabbcbacba").hasSize(31);
            assertThat(text(generator, "bbcbacba", 20, sampler)).isEqualTo(all.substring(3));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void theSameSeedGivesTheSameText(Model model) {
        String first;
        try (TextGenerator generator = untrained(model)) {
            first = text(generator, "ab", 60, new Sampler(1, 0, 3));
            assertThat(text(generator, "ab", 60, new Sampler(1, 0, 4))).isNotEqualTo(first);
        }
        try (TextGenerator generator = untrained(model)) {
            assertThat(text(generator, "ab", 60, new Sampler(1, 0, 3))).isEqualTo(first);
        }
    }

    @Test
    void whatCannotBeContinuedIsRefused() {
        try (TextGenerator generator = alphabet()) {
            StringBuilder said = new StringBuilder();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> generator.generate("abd", 1, GREEDY, said::append))
                    .withMessageStartingWith("prompt: character 3 is d, U+0064 (expected: one of the 3");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> generator.generate("a", 0, GREEDY, said::append))
                    .withMessage("length: 0 (expected: 1 or more characters)");
            assertThat(said).isEmpty();
        }
    }

    @Test
    void aModelThatSeesWhatComesAfterIsRefused() {
        Map<String, Layer> layers =
                Map.of("attention", new SelfAttention(2, false, Initializer.PYTORCH), "lstm", bidirectionalLstm(2));

        layers.forEach((type, layer) -> assertThatIllegalArgumentException()
                .isThrownBy(() -> untrained(Model.of(Shape.of(3), embedding(3, 4), layer, dense(3))))
                .withMessage("model model: layer 1 (" + type + ") sees what comes after a position (expected: layers"
                        + " that are causal, a text is continued from what came before); train one without causal ="
                        + " false and bidirectional = true"));
    }

    @Test
    void aModelThatGivesNoLogitsForEachPositionIsRefused() {
        Model model = Model.of(Shape.of(3), embedding(3, 3), Layers.flatten(), dense(3));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TextGenerator(model, new Predictor(model, Map.of()), ABC))
                .withMessageStartingWith(
                        "model model: input 3, output 3 (expected: tokens in, and a logit for each of 3");
    }
}
