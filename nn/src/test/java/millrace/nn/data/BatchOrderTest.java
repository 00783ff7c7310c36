package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BatchOrderTest {

    /** The samples of a micro-batch, told by their inputs; the targets must tell the same. */
    private static List<Integer> gathered(BatchOrder order, Dataset dataset, long step, int microBatch) {
        Arena arena = Arena.ofAuto();
        int rows = order.rows(step, microBatch);
        Tensor inputs =
                Tensor.zeros(arena, ElementType.F32, dataset.sampleShape().batched(rows));
        Tensor targets = Tensor.zeros(arena, ElementType.I32, Shape.of(rows));
        order.gatherInputs(dataset, step, microBatch, inputs);
        order.gatherTargets(dataset, step, microBatch, targets);
        List<Integer> samples = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            int sample = (int) inputs.getFloat((long) row * inputs.columns()) / 100;
            for (int column = 0; column < inputs.columns(); column++) {
                assertThat(inputs.getFloat((long) row * inputs.columns() + column))
                        .isEqualTo(100 * sample + column);
            }
            assertThat(targets.getInt(row)).isEqualTo(sample % dataset.classes().size());
            samples.add(sample);
        }
        return samples;
    }

    @Test
    void withoutShuffleTheSamplesComeInOrder() {
        BatchOrder order = new BatchOrder(10, 4, 2, 1, false);
        Dataset dataset = TestData.labelled(10, 3, 4);
        StringBuilder drawn = new StringBuilder();
        for (int microBatch = 0; microBatch < 2; microBatch++) {
            for (long step = 0; step < 4; step++) {
                drawn.append(gathered(order, dataset, step, microBatch)).append(' ');
            }
            drawn.append('\n');
        }

        assertThat(drawn).hasToString("""
            [0, 1] [4, 5] [8] [0, 1]\s
            [2, 3] [6, 7] [9] [2, 3]\s
            """);
        assertThat(order.stepsPerEpoch()).isEqualTo(3);
        assertThat(IntStream.range(0, 7).mapToLong(order::epochOf)).containsExactly(0L, 0L, 0L, 1L, 1L, 1L, 2L);
    }

    @Test
    void orderOfAnEpochIsPinned() {
        // from RandomStream's definition, computed apart in Python: changing it would break resumed runs
        assertThat(new BatchOrder(10, 4, 1, 42, true).order(0)).containsExactly(4, 0, 8, 3, 1, 9, 7, 6, 2, 5);
        assertThat(new BatchOrder(10, 4, 1, 42, true).order(1)).containsExactly(5, 7, 0, 6, 9, 3, 4, 8, 1, 2);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void everySampleComesOnceAnEpochWhateverTheSizes(long seed) {
        Random random = new Random(seed);
        int microBatches = 1 + random.nextInt(8);
        int batch = microBatches * (1 + random.nextInt(8));
        int samples = 1 + random.nextInt(300);
        BatchOrder order = new BatchOrder(samples, batch, microBatches, seed, true);
        BatchOrder same = new BatchOrder(samples, batch, microBatches, seed, true);
        Dataset dataset = TestData.labelled(samples, 2, 7);
        String where = "seed " + seed + ": " + samples + " samples, batch " + batch + " in " + microBatches;

        for (long epoch = 0; epoch < 3; epoch++) {
            List<Integer> all = new ArrayList<>();
            for (long step = epoch * order.stepsPerEpoch(); step < (epoch + 1) * order.stepsPerEpoch(); step++) {
                int before = all.size();
                for (int microBatch = 0; microBatch < microBatches; microBatch++) {
                    List<Integer> part = gathered(order, dataset, step, microBatch);
                    assertThat(gathered(same, dataset, step, microBatch))
                            .as(where)
                            .isEqualTo(part);
                    all.addAll(part);
                }
                assertThat(all.size() - before)
                        .as(where)
                        .isEqualTo(order.batchRows(step))
                        .isBetween(1, batch);
                assertThat(order.epochOf(step)).as(where).isEqualTo(epoch);
            }
            assertThat(all).as(where).containsExactlyElementsOf(boxed(order.order(epoch)));
            assertThat(all.stream().sorted()).as(where).containsExactlyElementsOf(boxed(range(samples)));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void epochsAndSeedsHaveOrdersOfTheirOwn(long seed) {
        BatchOrder order = new BatchOrder(100, 10, 2, seed, true);
        int[] first = order.order(0).clone();
        int[] second = order.order(1).clone();

        assertThat(first).isNotEqualTo(second).isNotEqualTo(range(100));
        assertThat(order.order(0)).as("again after another epoch").isEqualTo(first);
        assertThat(new BatchOrder(100, 10, 2, seed + 1, true).order(0)).isNotEqualTo(first);
        assertThat(new BatchOrder(100, 25, 1, seed, true).order(0))
                .as("whatever the batch")
                .isEqualTo(first);
    }

    @ParameterizedTest
    @CsvSource({"6, 1, 2, 1, 2", "3, 0, 1, 1, 1", "2, 0, 1, 0, 1", "8, 2, 2, 2, 2"})
    void aPartialBatchIsCutAsEvenlyAsItGoes(int rest, int first, int second, int third, int fourth) {
        BatchOrder order = new BatchOrder(8 + rest, 8, 4, 1, false);

        assertThat(IntStream.range(0, 4).map(microBatch -> order.rows(1, microBatch)))
                .containsExactly(first, second, third, fourth);
        assertThat(order.batchRows(1)).isEqualTo(rest);
    }

    @Test
    void regressionTargetsAreGatheredToo() {
        BatchOrder order = new BatchOrder(4, 2, 1, 1, false);
        Tensor targets = TestData.floats(2, 2, new float[4]);

        order.gatherTargets(TestData.valued(4, 3, 2), 1, 0, targets);

        assertThat(targets.toFloats()).containsExactly(200, 201, 300, 301);
    }

    @Test
    void destinationOfAnotherShapeWithTheSameRowsWillDo() {
        Dataset dataset = TestData.labelled(4, 4, 2).withSampleShape(Shape.of(2, 2));
        Tensor flat = TestData.floats(4, 4, new float[16]);

        new BatchOrder(4, 4, 1, 1, false).gatherInputs(dataset, 0, 0, flat);

        assertThat(flat.toFloats()).isEqualTo(dataset.inputs().toFloats());
    }

    @Test
    void whatDoesNotFitIsAnError() {
        BatchOrder order = new BatchOrder(4, 2, 1, 1, false);
        Dataset dataset = TestData.labelled(4, 3, 2);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> order.gatherInputs(dataset, 0, 0, TestData.numbered(3, 3)))
                .withMessage("destination: F32[3x3] (expected: F32 of 2 rows of 3 values)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> order.gatherInputs(dataset, 0, 0, TestData.numbered(2, 4)))
                .withMessage("destination: F32[2x4] (expected: F32 of 2 rows of 3 values)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> order.gatherTargets(dataset, 0, 0, TestData.numbered(2, 1)))
                .withMessage("destination: F32[2x1] (expected: I32 of 2 rows of 1 values)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> order.gatherInputs(TestData.labelled(5, 3, 2), 0, 0, TestData.numbered(2, 3)))
                .withMessage("data set: 5 samples (expected: 4, as the order was made for)");
    }

    @Test
    void wrongNumbersAreErrors() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BatchOrder(100, 64, 3, 1, true))
                .withMessage("micro-batches: 3 (expected: a divisor of batch 64); change one of the two");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BatchOrder(100, 0, 1, 1, true))
                .withMessage("batch: 0 (expected: 1 or more); raise it");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BatchOrder(100, 64, -1, 1, true))
                .withMessage("micro-batches: -1 (expected: 1 or more); 1 means no slicing");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BatchOrder(0, 64, 1, 1, true))
                .withMessage("samples: 0 (expected: 1 or more); read a data set that is not empty");
    }

    private static int[] range(int n) {
        return IntStream.range(0, n).toArray();
    }

    private static List<Integer> boxed(int[] values) {
        return Arrays.stream(values).boxed().toList();
    }
}
