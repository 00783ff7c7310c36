package millrace.actors.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import millrace.nn.kernel.Activation;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Precision;
import millrace.nn.kernel.Window;
import millrace.nn.layer.ActivationLayer;
import millrace.nn.layer.BatchNorm;
import millrace.nn.layer.Block;
import millrace.nn.layer.Branch;
import millrace.nn.layer.Conv2d;
import millrace.nn.layer.Dense;
import millrace.nn.layer.Dropout;
import millrace.nn.layer.Embedding;
import millrace.nn.layer.Layer;
import millrace.nn.layer.LayerNorm;
import millrace.nn.layer.LayerType;
import millrace.nn.layer.LayerTypes;
import millrace.nn.layer.Layers;
import millrace.nn.layer.Operator;
import millrace.nn.layer.Parameter;
import millrace.nn.layer.Pool2d;
import millrace.nn.layer.PositionalEmbedding;
import millrace.nn.layer.Recurrent;
import millrace.nn.layer.Residual;
import millrace.nn.layer.SelfAttention;
import millrace.nn.layer.StandardLayers;
import millrace.nn.layer.TransformerBlock;
import millrace.nn.loss.CrossEntropy;
import millrace.nn.loss.ElementLoss;
import millrace.nn.loss.Loss;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever network a checkpoint describes, the same comes back. */
class SavedModelTest {
    private static final Map<String, Function<Random, Block>> RANDOM_LAYERS = new LinkedHashMap<>();

    static {
        RANDOM_LAYERS.put(
                "dense",
                r -> r.nextInt(4) == 0
                        ? Dense.tiedToEmbedding(number(r), r.nextBoolean())
                        : new Dense(number(r), r.nextBoolean(), initializer(r)));
        RANDOM_LAYERS.put("relu", _ -> Layers.relu());
        RANDOM_LAYERS.put("leaky-relu", r -> new ActivationLayer(Activation.leakyRelu(fraction(r) + 1e-6f)));
        RANDOM_LAYERS.put("sigmoid", _ -> Layers.sigmoid());
        RANDOM_LAYERS.put("tanh", _ -> Layers.tanh());
        RANDOM_LAYERS.put("gelu", _ -> Layers.gelu());
        RANDOM_LAYERS.put("silu", _ -> Layers.silu());
        RANDOM_LAYERS.put("elu", r -> Layers.elu(fraction(r) + 1e-6f));
        RANDOM_LAYERS.put("softmax", _ -> Layers.softmax());
        RANDOM_LAYERS.put("flatten", _ -> Layers.flatten());
        RANDOM_LAYERS.put("dropout", r -> new Dropout(fraction(r)));
        RANDOM_LAYERS.put("conv2d", r -> {
            int groups = number(r);
            Window.Edge down = new Window.Edge(number(r), number(r), r.nextInt(4), number(r));
            Window.Edge across = new Window.Edge(number(r), number(r), r.nextInt(4), number(r));
            Window window = new Window(down, r.nextBoolean() ? down : across);
            return new Conv2d(groups * number(r), window, groups, r.nextBoolean(), initializer(r));
        });
        RANDOM_LAYERS.put("max-pool2d", r -> new Pool2d(Pool2d.Kind.MAX, places(r)));
        RANDOM_LAYERS.put("avg-pool2d", r -> new Pool2d(Pool2d.Kind.AVG, places(r), r.nextBoolean()));
        RANDOM_LAYERS.put("global-avg-pool", _ -> Layers.globalAvgPool());
        RANDOM_LAYERS.put("batch-norm", r -> new BatchNorm(fraction(r) + 1e-9f, fraction(r), r.nextBoolean()));
        RANDOM_LAYERS.put("layer-norm", r -> new LayerNorm(fraction(r) + 1e-9f));
        RANDOM_LAYERS.put("embedding", r -> new Embedding(number(r), number(r), initializer(r)));
        RANDOM_LAYERS.put("positional-embedding", r -> new PositionalEmbedding(number(r), initializer(r)));
        RANDOM_LAYERS.put("rnn", r -> new Recurrent(Recurrent.Cell.RNN, number(r), r.nextBoolean(), r.nextBoolean()));
        RANDOM_LAYERS.put("lstm", r -> new Recurrent(Recurrent.Cell.LSTM, number(r), r.nextBoolean(), r.nextBoolean()));
        RANDOM_LAYERS.put("gru", r -> new Recurrent(Recurrent.Cell.GRU, number(r), r.nextBoolean(), r.nextBoolean()));
        RANDOM_LAYERS.put("attention", r -> new SelfAttention(number(r), r.nextBoolean(), initializer(r)));
        RANDOM_LAYERS.put(
                "transformer-block",
                r -> new TransformerBlock(
                        number(r), number(r), r.nextInt(2) * fraction(r), r.nextBoolean(), initializer(r)));
        RANDOM_LAYERS.put(
                "residual",
                r -> new Residual(
                        blocks(r, 1 + r.nextInt(3)), r.nextBoolean() ? List.of() : blocks(r, 1 + r.nextInt(2))));
    }

    private static int number(Random random) {
        return 1 + random.nextInt(1 << random.nextInt(12));
    }

    private static float fraction(Random random) {
        return random.nextInt(3) == 0 ? random.nextInt(100) / 100f : random.nextFloat();
    }

    private static Window places(Random random) {
        Window.Edge down = new Window.Edge(2 + random.nextInt(4), number(random), random.nextInt(2), 1);
        Window.Edge across = new Window.Edge(2 + random.nextInt(4), number(random), random.nextInt(2), 1);
        return new Window(down, random.nextBoolean() ? down : across);
    }

    private static Initializer initializer(Random random) {
        List<Initializer> all = List.of(Initializer.values());
        return all.get(random.nextInt(all.size()));
    }

    private static List<Block> blocks(Random random, int count) {
        List<Function<Random, Block>> makers = List.copyOf(RANDOM_LAYERS.values());
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            blocks.add(makers.get(random.nextInt(makers.size())).apply(random));
        }
        return blocks;
    }

    private static List<Layer> layers(List<Block> blocks) {
        return blocks.stream().flatMap(block -> block.layers().stream()).toList();
    }

    private static List<Layer> thereAndBack(List<Layer> layers) {
        String text =
                ConfigValueFactory.fromIterable(SavedLayers.described(layers)).render(ConfigRenderOptions.concise());
        return layers(
                SavedLayers.read(ConfigFactory.parseString("layers = " + text).getList("layers")));
    }

    /** A new type of layer needs a line above, so that the property below has it too. */
    @Test
    void everyTypeOfLayerIsAmongTheRandomOnes() {
        assertThat(RANDOM_LAYERS.keySet())
                .containsExactlyElementsOf(new StandardLayers()
                        .types().stream().map(LayerType::name).toList());
    }

    static List<Integer> seeds() {
        return IntStream.range(0, 100).boxed().toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void randomLayersComeBackEqual(int seed) {
        Random random = new Random(seed);
        List<Layer> layers = layers(blocks(random, 1 + random.nextInt(8)));

        assertThat(thereAndBack(layers)).as("seed %d", seed).isEqualTo(layers);
    }

    @ParameterizedTest
    @EnumSource
    void aWholeModelComesBack(Precision precision) {
        Model model = Model.named(
                        "größe \"1\"",
                        Shape.of(3, 12, 12),
                        List.of(
                                Layers.conv2d(4, 3, 1, 1),
                                Layers.residual(
                                        List.of(Layers.conv2d(8, 3, 2, 1), Layers.batchNorm()),
                                        List.of(Layers.conv2d(8, 1, 2, 0))),
                                Layers.residual(Layers.residual(Layers.batchNorm(), Layers.relu())),
                                Layers.globalAvgPool(),
                                Layers.dense(2)))
                .with(precision);
        List<String> classes = List.of("a", "b, \"c\"\n");

        SavedModel.Contents found =
                SavedModel.of(model, Losses.crossEntropy(), classes).read();

        assertThat(found.model().name()).isEqualTo(model.name());
        assertThat(found.model().precision()).isEqualTo(precision);
        assertThat(found.model().inputShape()).isEqualTo(model.inputShape());
        assertThat(found.model().layers()).isEqualTo(model.layers());
        assertThat(found.classes()).isEqualTo(classes);
    }

    static List<Loss> losses() {
        List<Loss> losses = new ArrayList<>(
                List.of(new CrossEntropy(), new CrossEntropy(0.1, List.of()), new CrossEntropy(0, List.of(0.25, 3.0))));
        for (ElementLoss.Kind kind : ElementLoss.Kind.values()) {
            losses.add(new ElementLoss(kind));
        }
        losses.add(Losses.huber(2.5));
        losses.add(Losses.binaryCrossEntropy(0.75));
        return losses;
    }

    private static final Model SMALL = Model.of(Shape.of(3), Layers.dense(2));

    @ParameterizedTest
    @MethodSource("losses")
    void theLossComesBack(Loss loss) {
        assertThat(SavedModel.of(SMALL, loss, List.of()).read().loss()).isEqualTo(Optional.of(loss));
    }

    /** One whose type nobody has registered: {@link LayerTypes} could not make it again. */
    private record Strange(int size) implements Layer {
        @Override
        public String type() {
            return "strange";
        }

        @Override
        public Shape outputShape(Shape input) {
            return input;
        }

        @Override
        public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void aLayerThatCannotBeMadeAgainIsNamedWhenTheModelIsAskedFor() {
        SavedModel saved = SavedModel.of(
                Model.of(Shape.of(3), Layers.dense(3), new Strange(2), Layers.dense(2)),
                Losses.crossEntropy(),
                List.of());

        assertThatIllegalArgumentException()
                .isThrownBy(saved::read)
                .withMessageStartingWith(
                        "the network is not described: layer 1: type: strange (expected: one of dense,");
    }

    @Test
    void aPoolOfWhichNoRunFileCanSpeakIsNotDescribedAsAnother() {
        Model model =
                Model.of(Shape.of(1, 8, 8), new Pool2d(Pool2d.Kind.MAX, new Window(2, 2, 0, 2)), Layers.flatten());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SavedModel.of(model, Losses.mse(), List.of()).read())
                .withMessageContaining("layer 0 (max-pool2d) cannot be made again from its settings");
    }

    @Test
    void pointsThatResidualDidNotSetAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        SavedLayers.described(List.of(Branch.FORK, Branch.SHORTCUT, Branch.SHORTCUT, Branch.JOIN)))
                .withMessageStartingWith("a fork that no join follows");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SavedLayers.described(List.of(Layers.relu(), Branch.JOIN)))
                .withMessageStartingWith("join without a fork");
    }

    @Test
    void whatAnotherVersionHasSaidIsRefusedInALine() {
        assertThatIllegalArgumentException()
                .isThrownBy(SavedModel.UNKNOWN::read)
                .withMessageStartingWith("the network is not described (expected: ");
        for (String text : List.of(
                "{",
                "{\"name\":\"m\"}",
                SavedModel.of(SMALL, Losses.mse(), List.of()).text().replace("\"units\"", "\"wide\""),
                SavedModel.of(SMALL, Losses.mse(), List.of()).text().replace("\"units\":2", "\"units\":\"two\""),
                SavedModel.of(SMALL, Losses.mse(), List.of()).text().replace("\"f32\"", "\"f8\""),
                SavedModel.of(SMALL, Losses.mse(), List.of()).text().replace("pytorch", "mine"))) {
            assertThatIllegalArgumentException()
                    .as(text)
                    .isThrownBy(() -> new SavedModel(text).read())
                    .withMessageContaining("(expected: ")
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
        }
    }
}
