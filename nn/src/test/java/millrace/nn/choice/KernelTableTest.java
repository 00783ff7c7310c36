package millrace.nn.choice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import millrace.nn.choice.Choice.Form;
import millrace.nn.choice.KernelTable.Demand;
import millrace.nn.choice.KernelTable.Size;
import millrace.nn.choice.ProductTimes.OfForms;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelTableTest {
    private static final Processor PROCESSOR = new Processor("A  Processor\nof one core", "AVX-9", "oneDNN 9.1.0");
    private static final Choice PLAIN = new Choice(Form.PLAIN, Form.PLAIN, false);

    private static ProductTimes random(Random random) {
        double[] times =
                random.ints(9, 1, 10_000_000).mapToDouble(i -> i / 100.0).toArray();
        return new ProductTimes(
                new OfForms(times[0], times[1], times[2], times[3]),
                new OfForms(times[4], times[5], times[6], times[7]),
                times[8]);
    }

    @Test
    void aTableIsReadAsItIsWritten() {
        for (long seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            KernelTable table = KernelTable.of(PROCESSOR);
            for (int i = random.nextInt(8); i > 0; i--) {
                Size size = new Size(
                        1 + random.nextInt(5000),
                        1 + random.nextInt(5000),
                        1 << random.nextInt(12),
                        random.nextBoolean());
                table = table.with(size, random(random));
            }

            KernelTable read = KernelTable.parse(table.text());

            assertThat(read).as("seed %d", seed).isEqualTo(table);
            assertThat(read.text()).as("seed %d", seed).isEqualTo(table.text());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "library: oneDNN 9.1.0 | '' | lines: 2 (expected: processor, instructions and library, then a line for"
                        + " each product)",
                "processor: | model: | line \"model: A Processor of one core\" (expected: processor: ...)",
                "1.00 | 1.0 | line \"8 x 4, 2 rows, padded: 1.0 2.00",
                "2 rows | 3 rows | size: 8 x 4 with 3 rows (expected: 1 or more, rows a power of two)",
                "1.00 | 0.00 | time: 0.0 (expected: microseconds, a number above 0)"
            })
    void damageIsTold(String part, String instead, String message) {
        KernelTable table = KernelTable.of(PROCESSOR);
        ProductTimes times = new ProductTimes(new OfForms(1, 2, 3, 4), new OfForms(5, 6, 7, 8), 9);
        // a file that breaks off has no products either
        String text = (instead.isEmpty() ? table : table.with(new Size(8, 4, 2, true), times)).text();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> KernelTable.parse(text.replace(part, instead.isEmpty() ? "# " : instead)))
                .withMessageStartingWith(message);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 4", "5, 4", "23, 32", "22, 16", "32, 32", "45, 32", "46, 64", "512, 512", "0, 1"})
    void rowsAreThoseNearby(int rows, int near) {
        assertThat(Size.rowsNear(rows)).isEqualTo(near);
    }

    private static Optional<Choice> chosen(ProductTimes close, ProductTimes padded, int forwards, int calls) {
        KernelTable table = KernelTable.of(PROCESSOR)
                .with(new Size(64, 48, 32, false), close)
                .with(new Size(64, 48, 32, true), padded);
        KernelChoices choices = table.choices(List.of(new Demand(64, 48, 40, forwards, calls)), (_, _, _) -> PLAIN);
        return choices.of(64, 48, forwards);
    }

    /** Plain, packed, and what packing takes; the primitive is no faster than the plain product. */
    private static ProductTimes times(
            double forward,
            double forwardPacked,
            double forwardPacking,
            double input,
            double inputPacked,
            double inputPacking,
            double weight) {
        return new ProductTimes(
                new OfForms(forward, forward, forwardPacked, forwardPacking),
                new OfForms(input, input, inputPacked, inputPacking),
                weight);
    }

    private static final ProductTimes SLOW = times(900, 900, 900, 900, 900, 900, 900);

    @Test
    void packingHasToPayByTheForwardsThatACopyServes() {
        // 100 plain; 50 packed and 120 for the copy
        ProductTimes times = times(100, 50, 120, 100, 50, 120, 100);

        assertThat(chosen(times, SLOW, 2, 1)).contains(PLAIN);
        assertThat(chosen(times, SLOW, 4, 1)).contains(new Choice(Form.PACKED, Form.PACKED, false));
        // a recurrent layer multiplies once a step
        assertThat(chosen(times, SLOW, 2, 8)).contains(new Choice(Form.PACKED, Form.PACKED, false));
    }

    @Test
    void thePrimitiveIsTakenWhereFewForwardsShareACopy() {
        ProductTimes times = new ProductTimes(new OfForms(100, 80, 60, 60), new OfForms(100, 120, 99, 60), 100);

        assertThat(chosen(times, SLOW, 1, 1)).contains(new Choice(Form.PRIMITIVE, Form.PLAIN, false));
        assertThat(chosen(times, SLOW, 2, 1)).contains(new Choice(Form.PRIMITIVE, Form.PLAIN, false));
        assertThat(chosen(times, SLOW, 4, 1)).contains(new Choice(Form.PACKED, Form.PLAIN, false));
        // where it is usual, another form has to gain clearly beside it
        KernelTable table = KernelTable.of(PROCESSOR).with(new Size(64, 48, 32, false), times);
        Choice usual = new Choice(Form.PRIMITIVE, Form.PLAIN, false);
        assertThat(table.choice(new Demand(64, 48, 32, 3, 1), usual, Optional.empty()))
                .contains(usual);
        assertThat(table.choice(new Demand(64, 48, 32, 8, 1), usual, Optional.empty()))
                .contains(new Choice(Form.PACKED, Form.PLAIN, false));
    }

    @Test
    void eachProductIsChosenForItself() {
        assertThat(chosen(times(100, 60, 10, 100, 100, 10, 100), SLOW, 4, 1))
                .contains(new Choice(Form.PACKED, Form.PLAIN, false));
        assertThat(chosen(times(100, 100, 10, 100, 60, 10, 100), SLOW, 4, 1))
                .contains(new Choice(Form.PLAIN, Form.PACKED, false));
    }

    @Test
    void whatMayBeChanceChangesNothing() {
        ProductTimes times = times(100, 96, 0, 100, 96, 0, 100);
        ProductTimes other = times(96, 96, 0, 96, 96, 0, 96);

        assertThat(chosen(times, other, 4, 1)).contains(PLAIN);
    }

    @Test
    void rowsArePaddedWhereAllProductsTogetherGain() {
        ProductTimes times = times(100, 100, 100, 100, 100, 100, 100);
        ProductTimes padded = times(120, 120, 100, 100, 100, 100, 50);

        assertThat(chosen(times, padded, 4, 1)).contains(new Choice(Form.PLAIN, Form.PLAIN, true));
    }

    @Test
    void aMatrixLiesInOneWayForAllStages() {
        // what one forward gains by padding, four lose with a copy of rows that are close
        KernelTable table = KernelTable.of(PROCESSOR)
                .with(new Size(64, 48, 32, false), times(200, 10, 100, 100, 100, 100, 100))
                .with(new Size(64, 48, 32, true), times(100, 100, 100, 100, 100, 100, 100));

        KernelChoices choices =
                table.choices(List.of(new Demand(64, 48, 32, 1, 1), new Demand(64, 48, 32, 8, 1)), (_, _, _) -> PLAIN);

        assertThat(choices.of(64, 48, 8).orElseThrow().padded())
                .isEqualTo(choices.of(64, 48, 1).orElseThrow().padded());
    }

    @Test
    void whatWasNotMeasuredIsNotChosen() {
        KernelTable table = KernelTable.of(PROCESSOR).with(new Size(64, 48, 32, false), SLOW);

        assertThat(table.choices(
                                List.of(new Demand(64, 48, 64, 4, 1), new Demand(48, 64, 32, 4, 1)), (_, _, _) -> PLAIN)
                        .isEmpty())
                .isTrue();
    }
}
