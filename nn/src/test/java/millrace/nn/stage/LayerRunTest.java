package millrace.nn.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import millrace.nn.layer.Layers;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every number that comes out of a run of layers, compared to the bit with runs of one layer each. */
class LayerRunTest {
    /** How a micro-batch goes back. */
    private enum Backward {
        FULL,
        SPLIT
    }

    /** What comes out of two micro-batches that are in flight at the same time. */
    private record Numbers(List<List<Float>> outputs, List<List<Float>> deltas, List<List<Float>> gradients) {
        void assertEqualTo(Numbers other, String where) {
            assertThat(outputs).as("outputs, %s", where).isEqualTo(other.outputs);
            assertThat(deltas).as("deltas, %s", where).isEqualTo(other.deltas);
            assertThat(gradients).as("gradients, %s", where).isEqualTo(other.gradients);
        }
    }

    /** Micro-batches 0 and 1 forward, then both backward, through runs that follow each other. */
    private static Numbers train(List<LayerRun> runs, long seed, Backward backward, int... rows) {
        Random random = new Random(seed);
        Numbers numbers = new Numbers(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        List<Tensor> sent = new ArrayList<>();
        List<List<Float>> contents = new ArrayList<>();
        for (int microBatch = 0; microBatch < rows.length; microBatch++) {
            Tensor input = RandomChain.random(random, runs.getFirst().inputShape(), rows[microBatch]);
            sent.add(input);
            contents.add(RandomChain.values(input));
            numbers.outputs.add(RandomChain.taken(forward(runs, microBatch, input)));
        }
        for (int microBatch = 0; microBatch < rows.length; microBatch++) {
            Tensor delta = RandomChain.random(random, runs.getLast().outputShape(), rows[microBatch]);
            sent.add(delta);
            contents.add(RandomChain.values(delta));
            Tensor back = backward(runs, backward, microBatch, delta);
            if (back != null) {
                numbers.deltas.add(RandomChain.taken(back));
            }
        }
        if (backward == Backward.SPLIT) {
            for (int microBatch = 0; microBatch < rows.length; microBatch++) {
                for (LayerRun run : runs) {
                    run.backwardWeight(microBatch, microBatch > 0);
                }
            }
        }
        assertThat(sent.stream().map(RandomChain::values).toList())
                .as("what came in a message is only read")
                .isEqualTo(contents);
        numbers.gradients.addAll(RandomChain.gradients(runs));
        runs.forEach(LayerRun::checkDrained);
        runs.forEach(LayerRun::close);
        return numbers;
    }

    private static Tensor forward(List<LayerRun> runs, long microBatch, Tensor input) {
        Tensor current = input;
        for (LayerRun run : runs) {
            current = run.forward(microBatch, current);
        }
        return current;
    }

    private static @Nullable Tensor backward(List<LayerRun> runs, Backward backward, long microBatch, Tensor delta) {
        @Nullable Tensor current = delta;
        for (LayerRun run : runs.reversed()) {
            Tensor arrived = Objects.requireNonNull(current);
            current = backward == Backward.FULL
                    ? run.backward(microBatch, arrived, microBatch > 0)
                    : run.backwardInput(microBatch, arrived);
        }
        return current;
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 60);
    }

    /** Every second model has skip connections. */
    private static Model model(Random random, long seed) {
        return seed % 2 == 0 ? RandomChain.withResiduals(random) : RandomChain.model(random);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aRunThatWritesInPlaceEqualsOneThatCopies(long seed) {
        Model model = model(new Random(seed), seed);
        int layers = model.layers().size();
        String where = "seed " + seed + ": " + model.layers();

        // in the middle of the line every delta is asked for
        Numbers together = train(List.of(RandomChain.run(model, 1, layers)), seed, Backward.FULL, 5, 3);
        Numbers apart = train(RandomChain.single(model, 1, layers), seed, Backward.FULL, 5, 3);

        assertThat(together.deltas).hasSize(2);
        together.assertEqualTo(apart, where);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void splitBackwardEqualsFullBackward(long seed) {
        Random random = new Random(seed);
        Model model = model(random, seed);
        int layers = model.layers().size();
        int from = random.nextInt(2);
        String where = "seed " + seed + " from layer " + from + ": " + model.layers();

        Numbers full = train(List.of(RandomChain.run(model, from, layers)), seed, Backward.FULL, 4, 5);
        Numbers split = train(List.of(RandomChain.run(model, from, layers)), seed, Backward.SPLIT, 4, 5);

        assertThat(full.deltas).as(where).hasSize(2 * from);
        split.assertEqualTo(full, where);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aRunCutAnywhereEqualsTheWhole(long seed) {
        Random random = new Random(seed);
        Model model = model(random, seed);
        int layers = model.layers().size();
        int cut = 1 + random.nextInt(layers - 1);
        String where = "seed " + seed + " cut at " + cut + ": " + model.layers();
        Backward backward = random.nextBoolean() ? Backward.FULL : Backward.SPLIT;

        Numbers whole = train(List.of(RandomChain.run(model, 0, layers)), seed, backward, 2, 5);
        Numbers parts = train(
                List.of(RandomChain.run(model, 0, cut), RandomChain.run(model, cut, layers)), seed, backward, 2, 5);

        parts.assertEqualTo(whole, where);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aSecondForwardInsteadOfKeptActivationsChangesNoBit(long seed) {
        Random random = new Random(seed);
        Model model = model(random, seed);
        int layers = model.layers().size();
        int from = random.nextInt(2);
        Backward backward = random.nextBoolean() ? Backward.FULL : Backward.SPLIT;

        Numbers kept = train(List.of(RandomChain.run(model, from, layers)), seed, backward, 5, 3);
        Numbers again = train(List.of(RandomChain.run(model, from, layers, Keep.INPUT)), seed, backward, 5, 3);

        again.assertEqualTo(kept, "seed " + seed + ": " + model.layers());
    }

    /** Any layers, also such that begin or end within a skip connection. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void norDoSecondForwardsOfSomeLayers(long seed) {
        Random random = new Random(seed);
        Model model = model(random, seed);
        int layers = model.layers().size();
        int from = random.nextInt(2);
        Backward backward = random.nextBoolean() ? Backward.FULL : Backward.SPLIT;
        Set<Integer> some = IntStream.range(0, layers)
                .filter(_ -> random.nextBoolean())
                .boxed()
                .collect(Collectors.toSet());

        Numbers kept = train(List.of(RandomChain.run(model, from, layers)), seed, backward, 5, 3);
        Numbers again = train(List.of(RandomChain.run(model, from, layers, Keep.allBut(some))), seed, backward, 5, 3);

        again.assertEqualTo(kept, "seed " + seed + ": " + some + " of " + model.layers());
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void anEmptyMicroBatchAddsNothing(long seed) {
        Model model = model(new Random(seed), seed);
        int layers = model.layers().size();
        String where = "seed " + seed + ": " + model.layers();

        Numbers with = train(List.of(RandomChain.run(model, 1, layers)), seed, Backward.FULL, 0, 4);
        Numbers without = train(List.of(RandomChain.run(model, 1, layers)), seed, Backward.FULL, 4);

        assertThat(with.outputs.getFirst()).isEmpty();
        assertThat(with.deltas.getFirst()).isEmpty();
        // the dropout of micro-batch 1 is not that of micro-batch 0
        if (model.layers().stream().noneMatch(layer -> layer.type().equals("dropout"))) {
            assertThat(with.gradients).as(where).isEqualTo(without.gradients);
        }
    }

    /** Of a run that keeps inputs the second forward may come at any time before the backward, once. */
    @Test
    void theSecondForwardIsMadeOnce() {
        Model model = Model.of(Shape.of(3), Layers.dense(4), Layers.relu(), Layers.dense(2));
        try (LayerRun kept = RandomChain.run(model, 0, 3);
                LayerRun again = RandomChain.run(model, 0, 3, Keep.INPUT)) {
            for (LayerRun run : List.of(kept, again)) {
                Random random = new Random(7);
                run.forward(0, RandomChain.random(random, run.inputShape(), 2)).release();
                run.forward(1, RandomChain.random(random, run.inputShape(), 2)).release();
            }
            assertThatIllegalStateException()
                    .isThrownBy(() -> kept.recompute(0))
                    .withMessageStartingWith("second forward of micro-batch 0 (expected: once");

            again.recompute(1);
            assertThatIllegalStateException().isThrownBy(() -> again.recompute(1));
            for (LayerRun run : List.of(kept, again)) {
                Random random = new Random(8);
                for (long microBatch = 0; microBatch < 2; microBatch++) {
                    Tensor delta = RandomChain.random(random, run.outputShape(), 2);
                    Tensor before = run.backward(microBatch, delta, microBatch > 0);
                    if (before != null) {
                        before.release();
                    }
                }
                run.checkDrained();
            }
            for (int i = 0; i < kept.parameters().size(); i++) {
                MemorySegment expected = kept.parameters().get(i).gradient();
                assertThat(again.parameters().get(i).gradient().mismatch(expected))
                        .isEqualTo(-1);
            }
        }
    }
}
