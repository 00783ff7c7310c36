package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextSourceTest {
    @TempDir
    private Path folder = Path.of("");

    private static TrainTest windows(TextSource text, int context, double rest) {
        return text.windows(context, rest, text.vocabulary());
    }

    private static String text(Dataset set, Tensor tokens) {
        return LongStream.range(0, tokens.shape().size())
                .mapToObj(i -> set.classes().get(tokens.getInt(i)))
                .collect(Collectors.joining());
    }

    @Test
    void windowsLieSideBySideAndTheirTargetsOneFurther() {
        TrainTest parts = windows(new TextSource("words", "to be or not to be 😀"), 3, 0.5);
        Dataset train = parts.train();

        // 10 of the 20 characters: three windows and the character after them
        assertThat(train.inputs().shape()).isEqualTo(Shape.of(3, 3));
        assertThat(text(train, train.inputs())).isEqualTo("to be or ");
        assertThat(text(train, train.targets())).isEqualTo("o be or n");
        assertThat(text(parts.test(), parts.test().inputs())).isEqualTo("ot to be ");
        assertThat(text(parts.test(), parts.test().targets())).isEqualTo("t to be 😀");
        assertThat(train.classes()).containsExactly(" ", "b", "e", "n", "o", "r", "t", "😀");
    }

    @Test
    void linesArePaddedBehindTheirEnds() {
        TextSource source = new TextSource("lines", "be\n\nor not\r\nto\nbe!!\n");

        TrainTest parts = source.lines(4, 0.4, source.vocabulary());

        Dataset train = parts.train();
        assertThat(train.inputs().shape()).isEqualTo(Shape.of(3, 4));
        assertThat(text(train, train.inputs())).isEqualTo("be\n\nor not\n\n");
        assertThat(targets(train)).isEqualTo("e\n__r not\n__");
        assertThat(text(parts.test(), parts.test().inputs())).isEqualTo("to\n\nbe!!");
        assertThat(targets(parts.test())).isEqualTo("o\n__e!!\n");
    }

    /** With _ for what is ignored. */
    private static String targets(Dataset set) {
        return LongStream.range(0, set.targets().shape().size())
                .mapToObj(i -> set.targets().getInt(i) == Dataset.IGNORED
                        ? "_"
                        : set.classes().get(set.targets().getInt(i)))
                .collect(Collectors.joining());
    }

    @Test
    void aTextWithoutLinesIsRefused() {
        TextSource one = new TextSource("one", "no end");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> one.lines(8, 0.1, one.vocabulary()))
                .withMessage("one: 1 lines (expected: 2 or more, one of them to validate with);"
                        + " take windows instead of lines");
    }

    @Test
    void theNovelHasItsCharacters() {
        TrainTest parts = windows(TextSource.mobyDick(), 64, 0.1);

        assertThat(parts.train().classes()).hasSize(83);
        assertThat(parts.train().size()).isEqualTo((1_190_317 * 9 / 10 - 1) / 64);
        assertThat(parts.test().size()).isEqualTo((1_190_317 / 10 + 1 - 1) / 64);
        assertThat(text(parts.train(), parts.train().inputs())).startsWith("CHAPTER 1. Loomings.\n\nCall me Ishmael.");
    }

    @Test
    void filesAreRead() throws IOException {
        Path file = folder.resolve("own.txt");
        Files.writeString(file, "abcabcabcabc");

        Dataset train = windows(TextSource.read(file), 2, 0.25).train();

        assertThat(train.name()).isEqualTo("own.txt");
        assertThat(text(train, train.inputs())).isEqualTo("abcabcab");
    }

    @Test
    void whatIsNoTextIsRefused() throws IOException {
        Path file = folder.resolve("own.txt");
        Files.write(file, "é".getBytes(StandardCharsets.ISO_8859_1));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextSource.read(file))
                .withMessage(file + ": not UTF-8 text (expected: a text file in UTF-8); convert it");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextSource.read(folder.resolve("none.txt")))
                .withMessageContaining("no such file (expected: a readable text file); check the path");
    }

    @Test
    void aTextShorterThanAWindowIsRefused() {
        TextSource text = new TextSource("words", "to be or not to be");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> windows(text, 8, 0.1))
                .withMessage(
                        "words: 2 characters in a part (expected: at least 9, a window and the character after it);"
                                + " lower the context or take a longer text");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> windows(text, 0, 0.1))
                .withMessage("context: 0 (expected: 1 or more)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> windows(text, 2, 1))
                .withMessageStartingWith("validation: 1.0 (expected: above 0 and below 1)");
    }

    /** All samples of a text are those of its two parts, one behind the other, where the cut is one of windows or lines. */
    @Test
    void allOfATextIsWhatItsPartsAre() {
        TextSource text = new TextSource("t", "abcd\nab\ncdab\na\n");
        Vocabulary vocabulary = text.vocabulary();

        TrainTest lines = text.lines(3, 0.5, vocabulary);
        assertThat(all(text.lines(3, vocabulary).inputs()))
                .isEqualTo(both(lines.train().inputs(), lines.test().inputs()));
        assertThat(all(text.lines(3, vocabulary).targets()))
                .isEqualTo(both(lines.train().targets(), lines.test().targets()));
        assertThat(text.windows(4, vocabulary).size()).isEqualTo(3);
        assertThat(all(text.windows(4, vocabulary).inputs())).startsWith(1, 2, 3, 4, 0, 1, 2, 0);
        assertThat(all(text.windows(4, vocabulary).targets())).startsWith(2, 3, 4, 0, 1, 2, 0, 3);
    }

    private static int[] all(Tensor numbers) {
        return IntStream.range(0, (int) numbers.shape().size())
                .map(numbers::getInt)
                .toArray();
    }

    private static int[] both(Tensor first, Tensor second) {
        return IntStream.concat(Arrays.stream(all(first)), Arrays.stream(all(second)))
                .toArray();
    }
}
