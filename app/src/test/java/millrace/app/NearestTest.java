package millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
    @ParameterizedTest
    @CsvSource({
        "train digits -D training.bacth=3, batch",
        "train digits -D training.optimizer.nam=sgd, name",
        "train digit, digits",
        "train digits --schedule 1f1d, 1f1b",
        "train digits --optimizer adamm, adam",
        "train digits -D data.set=iri, iris",
        "train digits -D training.loss=mea, mae",
        "'train digits -D model.layers=[{type=dence,units=10}]', dense",
        "'train digits -D model.layers=[{type=dense,unit=10}]', units",
        "'train digits -D training.optimizer.groups=[{match=\"2.wieght\",frozen=true}]', 2.weight",
        "train --stagse 2, --stages",
        "tarin digits, train"
    })
    void aNameThatIsMisspeltIsAnswered(String words, String meant) {
        Program program = Program.run(words);

        assertThat(program.status()).isEqualTo(2);
        assertThat(program.err()).contains("did you mean " + meant + "?");
        assertThat(program.err().lines()).hasSize(1);
    }

    @Test
    void aNameThatIsLikeNoOtherIsNot() {
        assertThat(Program.run("train digits --schedule zigzag").err()).doesNotContain("did you mean");
        assertThat(Nearest.suggested("training.batch: many (expected: a whole number)"))
                .isEqualTo("training.batch: many (expected: a whole number)");
    }

    @Test
    void exchangedLettersAreOneMistake() {
        assertThat(Nearest.distance("bacth", "batch")).isEqualTo(1);
        assertThat(Nearest.distance("adam", "nadam")).isEqualTo(1);
        assertThat(Nearest.distance("", "ab")).isEqualTo(2);
        assertThat(Nearest.distance("kitten", "sitting")).isEqualTo(3);
    }
}
