package millrace.nn.stage;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import millrace.nn.backend.Backend;
import millrace.nn.kernel.Bfloat16;
import millrace.nn.kernel.Precision;
import millrace.nn.layer.Layers;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What stages send each other as bfloat16, against one run that rounds in the same places. */
class RoundedMessagesTest {
    private static final int[] ROWS = {5, 3};

    /** What comes out of forwards, inferences and backwards, the gradients of weights last. */
    private record Numbers(List<List<Float>> outputs, List<List<Float>> gradients) {}

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 40);
    }

    private static LayerRun run(Model model, int from, int to, Keep keep, Messages messages) {
        return new LayerRun(
                model,
                new Partition.Range(from, to),
                RandomChain.MAX_ROWS,
                11,
                ROWS.length + 1,
                Backend.fast().float32(),
                keep,
                messages);
    }

    private static List<LayerRun> line(Model model, Set<Integer> cuts, Keep keep) {
        List<Integer> bounds = new ArrayList<>(new TreeSet<>(cuts));
        bounds.addFirst(0);
        bounds.addLast(model.layers().size());
        List<LayerRun> runs = new ArrayList<>();
        for (int i = 0; i + 1 < bounds.size(); i++) {
            runs.add(run(model, bounds.get(i), bounds.get(i + 1), keep, new Messages(Precision.BF16, Set.of())));
        }
        return runs;
    }

    /** Two micro-batches forward, an evaluation in between, and both back, weights apart from inputs where asked for. */
    private static Numbers train(List<LayerRun> runs, long seed, boolean split) {
        Random random = new Random(seed);
        Numbers numbers = new Numbers(new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < ROWS.length; i++) {
            Tensor current = RandomChain.random(random, runs.getFirst().inputShape(), ROWS[i]);
            for (LayerRun run : runs) {
                current = run.forward(i, requireType(current, run != runs.getFirst()));
            }
            numbers.outputs.add(RandomChain.taken(current));
        }
        Tensor chunk = RandomChain.random(random, runs.getFirst().inputShape(), 4);
        for (LayerRun run : runs) {
            chunk = run.infer(requireType(chunk, run != runs.getFirst()));
        }
        numbers.outputs.add(RandomChain.taken(chunk));
        for (int i = 0; i < ROWS.length; i++) {
            @Nullable Tensor delta = RandomChain.random(random, runs.getLast().outputShape(), ROWS[i]);
            for (LayerRun run : runs.reversed()) {
                Tensor arrived = requireType(Objects.requireNonNull(delta), run != runs.getLast());
                delta = split ? run.backwardInput(i, arrived) : run.backward(i, arrived, i > 0);
            }
            assertThat(delta).isNull();
        }
        for (int i = 0; split && i < ROWS.length; i++) {
            for (LayerRun run : runs) {
                run.backwardWeight(i, i > 0);
            }
        }
        numbers.gradients.addAll(RandomChain.gradients(runs));
        runs.forEach(LayerRun::checkDrained);
        runs.forEach(LayerRun::close);
        return numbers;
    }

    private static Tensor requireType(Tensor tensor, boolean message) {
        ElementType type = message ? ElementType.BF16 : ElementType.F32;
        assertThat(tensor.type()).isEqualTo(type);
        assertThat(tensor.memory().byteSize()).isEqualTo(tensor.shape().size() * type.bytes());
        return tensor;
    }

    /** Cuts anywhere, within skip connections too; before the first of them every layer may be without weights. */
    private static Set<Integer> cuts(Random random, Model model) {
        Set<Integer> cuts = new TreeSet<>();
        int most = model.layers().size() - 1;
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
            int first = Math.max(1, model.firstWithWeights());
            cuts.add(first + random.nextInt(Math.max(1, most - first + 1)));
        }
        return cuts;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aLineEqualsOneRunThatRoundsAtItsCuts(long seed) {
        Random random = new Random(seed);
        Model model = seed % 2 == 0 ? RandomChain.withResiduals(random) : RandomChain.model(random);
        Set<Integer> cuts = cuts(random, model);
        boolean split = random.nextBoolean();
        int layers = model.layers().size();
        Keep keep = switch (random.nextInt(3)) {
            case 0 -> Keep.INPUT;
            case 1 -> Keep.ACTIVATIONS;
            default ->
                Keep.allBut(IntStream.range(0, layers)
                        .filter(_ -> random.nextBoolean())
                        .boxed()
                        .collect(Collectors.toSet()));
        };
        String where = "seed " + seed + ": " + model.layers() + " cut before " + cuts;

        Numbers line = train(line(model, cuts, keep), seed, split);
        Numbers whole = train(
                List.of(run(model, 0, layers, Keep.ACTIVATIONS, new Messages(Precision.BF16, cuts))), seed, split);

        assertThat(line.outputs).as("outputs, %s", where).isEqualTo(whole.outputs);
        assertThat(line.gradients).as("gradients, %s", where).isEqualTo(whole.gradients);
    }

    /** Without this the equality above could be one of numbers that nobody has rounded. */
    @Test
    void aMessageHasTheNearestNumbersOfEachOfItsTensors() {
        Model model = Model.of(Shape.of(2), Layers.tanh(), Layers.residual(Layers.tanh(), Layers.tanh()));
        try (LayerRun rounded = run(model, 0, 3, Keep.ACTIVATIONS, new Messages(Precision.BF16, Set.of()));
                LayerRun plain = RandomChain.run(model, 0, 3)) {
            Tensor input = RandomChain.random(new Random(3), Shape.of(2), 3);

            Tensor message = rounded.infer(input);
            List<Float> exact = RandomChain.taken(plain.infer(input));

            assertThat(message.shape()).isEqualTo(Shape.of(3, 4));
            for (int i = 0; i < exact.size(); i++) {
                short bits = message.memory().getAtIndex(JAVA_SHORT, i);
                assertThat(bits).isEqualTo(Bfloat16.bits(exact.get(i)));
                assertThat(Bfloat16.value(bits)).isNotEqualTo(exact.get(i));
            }
            message.release();
            rounded.checkDrained();
            plain.checkDrained();
        }
    }

    @Test
    void aMessageOfAnotherTypeIsRefused() {
        Model model = Model.of(Shape.of(2), Layers.dense(3), Layers.dense(2));
        try (LayerRun second = run(model, 1, 2, Keep.ACTIVATIONS, new Messages(Precision.BF16, Set.of()))) {
            Tensor float32 = RandomChain.random(new Random(1), Shape.of(3), 2);
            assertThatIllegalStateException()
                    .isThrownBy(() -> second.infer(float32))
                    .withMessage("message: F32[2x3] (expected: elements of BF16)");
        }
    }
}
