package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class VocabularyTest {
    @Test
    void tokensAreThePlacesOfCharacters() {
        Vocabulary vocabulary = Vocabulary.of("to 😀 be");

        assertThat(vocabulary.characters()).isEqualTo(" beot😀");
        assertThat(vocabulary.names()).containsExactly(" ", "b", "e", "o", "t", "😀");
        assertThat(vocabulary.tokens("text", "bet 😀")).containsExactly(1, 2, 4, 0, 5);
        assertThat(vocabulary.character(5)).isEqualTo("😀");
        assertThat(Vocabulary.saved(" beot😀").tokens("text", "😀o")).containsExactly(5, 3);
    }

    @Test
    void anUnknownCharacterIsNamedWithItsPlace() {
        Vocabulary vocabulary = Vocabulary.of("to\nbe");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> vocabulary.tokens("prompt", "😀"))
                .withMessage("prompt: character 1 is 😀, U+1F600 (expected: one of the 5 of the vocabulary: \\nbeot);"
                        + " remove or replace it");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> vocabulary.tokens("prompt", "be\t"))
                .withMessageStartingWith("prompt: character 3 is \\t, U+0009 (expected:");
    }

    @Test
    void aLongVocabularyIsNotListedWhole() {
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            many.append((char) ('一' + i));
        }

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Vocabulary.of(many.toString()).tokens("prompt", "a"))
                .withMessageContaining("one of the 300 of the vocabulary: " + many.substring(0, 100) + "...)");
    }

    @Test
    void whatIsNoVocabularyIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Vocabulary.saved("cab"))
                .withMessageStartingWith("vocabulary: cab (expected: 1 or more characters, ascending, each once)");
        assertThatIllegalArgumentException().isThrownBy(() -> Vocabulary.saved("aab"));
        assertThatIllegalArgumentException().isThrownBy(() -> Vocabulary.saved(""));
    }
}
