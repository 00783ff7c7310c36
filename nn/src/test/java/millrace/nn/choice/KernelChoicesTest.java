package millrace.nn.choice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import millrace.nn.choice.Choice.Form;
import millrace.nn.choice.KernelChoices.Use;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelChoicesTest {
    private static final List<Form> FORMS = List.of(Form.values());
    private static final String LINE = "1024 x 10, 8 forwards: forward packed, backward-input plain, rows padded";

    @Test
    void choicesAreReadAsTheyAreWritten() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            SortedMap<Use, Choice> made = new TreeMap<>();
            for (int i = random.nextInt(6); i > 0; i--) {
                Use use = new Use(1 + random.nextInt(5000), 1 + i, 1 + random.nextInt(300));
                made.put(use, new Choice(form(random), form(random), random.nextBoolean()));
            }
            KernelChoices choices = new KernelChoices(made);

            assertThat(KernelChoices.parse(choices.texts())).as("seed %d", seed).isEqualTo(choices);
            assertThat(KernelChoices.parse(choices.toString()))
                    .as("seed %d", seed)
                    .isEqualTo(choices);
        }
    }

    private static Form form(Random random) {
        return FORMS.get(random.nextInt(FORMS.size()));
    }

    @Test
    void aChoiceIsForItsMatrixAndItsForwards() {
        KernelChoices choices = KernelChoices.parse(
                List.of(LINE, "1024 x 10, 1 forward: forward plain, backward-input packed, rows padded"));

        assertThat(choices.of(1024, 10, 8)).contains(new Choice(Form.PACKED, Form.PLAIN, true));
        assertThat(choices.of(1024, 10, 1)).contains(new Choice(Form.PLAIN, Form.PACKED, true));
        assertThat(choices.of(1024, 10, 4)).isEmpty();
        assertThat(choices.of(10, 1024, 8)).isEmpty();
        assertThat(choices.padded(1024, 10)).contains(true);
        assertThat(choices.padded(10, 1024)).isEmpty();
        assertThat(choices.texts()).contains(LINE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1024 x 10: forward packed",
                "1024 x 10, 8 forwards: forward packed, backward-input plain, rows wide",
                "9999999999 x 10, 8 forwards: forward packed, backward-input plain, rows padded"
            })
    void whatIsNoChoiceIsTold(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KernelChoices.parse(List.of(text)))
                .withMessage("kernels: " + text + " (expected: as in \"1024 x 1024, 8 forwards: forward packed,"
                        + " backward-input plain, rows padded\")");
    }

    @Test
    void aMatrixHasOneChoiceAndLiesInOneWay() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KernelChoices.parse(List.of(LINE, LINE)))
                .withMessage("kernels: 1024 x 10, 8 forwards twice (expected: once)");
        Choice padded = new Choice(Form.PLAIN, Form.PLAIN, true);
        Choice close = new Choice(Form.PLAIN, Form.PLAIN, false);
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new KernelChoices(new TreeMap<>(Map.of(new Use(4, 5, 1), padded, new Use(4, 5, 2), close))))
                .withMessage(
                        "kernels: rows of 4 x 5 padded and close (expected: one of them, a matrix lies in memory in"
                                + " one way)");
    }
}
