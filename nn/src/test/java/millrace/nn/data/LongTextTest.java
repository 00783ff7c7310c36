package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts are cut into samples without arrays of all tokens; those that no heap has room for are refused before reading. */
class LongTextTest {
    private static final String LETTERS = "ab é漢😀\n\n";

    @TempDir
    private Path folder = Path.of("");

    private static String random(Random random, int length) {
        int[] letters = LETTERS.codePoints().toArray();
        return random.ints(length, 0, letters.length)
                .mapToObj(i -> Character.toString(letters[i]))
                .collect(Collectors.joining());
    }

    private static List<Integer> ints(Tensor tensor) {
        return IntStream.range(0, (int) tensor.shape().size())
                .mapToObj(tensor::getInt)
                .toList();
    }

    /** Cut in the plain way, from arrays. */
    private static void assertSamples(Dataset set, List<int[]> samples, int context, int end, String what) {
        List<Integer> inputs = new ArrayList<>();
        List<Integer> targets = new ArrayList<>();
        for (int[] sample : samples) {
            for (int j = 0; j < context; j++) {
                inputs.add(j + 1 < sample.length ? sample[j] : end);
                targets.add(j + 1 < sample.length ? sample[j + 1] : Dataset.IGNORED);
            }
        }
        assertThat(ints(set.inputs())).as(what).isEqualTo(inputs);
        assertThat(ints(set.targets())).as(what).isEqualTo(targets);
    }

    @Test
    void windowsAreThoseOfTheTextInTwoParts() {
        for (long seed = 1; seed <= 100; seed++) {
            Random random = new Random(seed);
            TextSource text = new TextSource("text", random(random, 40 + random.nextInt(200)));
            int context = 1 + random.nextInt(8);
            int[] tokens = text.vocabulary().tokens("text", text.text());
            double rest = 0.3 + 0.4 * random.nextDouble();
            int cut = (int) (tokens.length * (1 - rest));

            TrainTest parts = text.windows(context, rest, text.vocabulary());

            assertSamples(parts.train(), windows(tokens, 0, cut, context), context, 0, "train, seed " + seed);
            assertSamples(parts.test(), windows(tokens, cut, tokens.length, context), context, 0, "test, seed " + seed);
        }
    }

    private static List<int[]> windows(int[] tokens, int from, int to, int context) {
        return IntStream.range(0, (to - from - 1) / context)
                .mapToObj(i -> Arrays.copyOfRange(tokens, from + i * context, from + (i + 1) * context + 1))
                .toList();
    }

    @Test
    void linesAreThoseOfTheTextInTwoParts() {
        for (long seed = 1; seed <= 100; seed++) {
            Random random = new Random(seed);
            TextSource text = new TextSource("text", random(random, 40 + random.nextInt(200)) + "a\nb\n");
            int context = 1 + random.nextInt(8);
            Vocabulary vocabulary = text.vocabulary();
            List<int[]> samples = new ArrayList<>();
            text.text().lines().filter(line -> !line.isEmpty()).forEach(line -> {
                int[] tokens = vocabulary.tokens("text", line + "\n");
                for (int from = 0; from < tokens.length - 1; from += context) {
                    samples.add(Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + context + 1)));
                }
            });
            double rest = 0.1 + 0.8 * random.nextDouble();
            int cut = Math.clamp((int) (samples.size() * (1 - rest)), 1, samples.size() - 1);
            int end = vocabulary.tokens("text", "\n")[0];

            TrainTest parts = text.lines(context, rest, vocabulary);

            assertSamples(parts.train(), samples.subList(0, cut), context, end, "train, seed " + seed);
            assertSamples(parts.test(), samples.subList(cut, samples.size()), context, end, "test, seed " + seed);
        }
    }

    @Test
    void theVocabularyIsThatOfAllCharacters() {
        for (long seed = 1; seed <= 50; seed++) {
            String text = random(new Random(seed), 30);

            assertThat(new TextSource("text", text).vocabulary().characters())
                    .as("seed %d", seed)
                    .isEqualTo(Vocabulary.of(text).characters());
        }
    }

    /** The text is decoded in pieces: also where a character lies across two of them. */
    @Test
    void whatIsNoUtf8IsFoundAnywhere() throws IOException {
        for (int before : new int[] {0, 1, 65_535, 65_536, 65_537, 200_000}) {
            String text = "a".repeat(before) + "😀é" + "b".repeat(70_000);
            Path file = Files.writeString(folder.resolve("good"), text);
            assertThat(TextSource.read(file).text()).isEqualTo(text);

            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            bytes[before] = (byte) 0xff;
            Path bad = Files.write(folder.resolve("bad"), bytes);
            assertThatIllegalArgumentException()
                    .as("at byte %d", before)
                    .isThrownBy(() -> TextSource.read(bad))
                    .withMessageContaining("not UTF-8 text");
        }
    }

    /** Files without content, which take no room on a disk. */
    @Test
    void whatTheHeapHasNoRoomForIsRefusedWithTheHeapThatHas() throws IOException {
        long heap = Runtime.getRuntime().maxMemory();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextSource.read(file("large", Math.min(heap, Integer.MAX_VALUE - 8L))))
                .withMessageMatching("large: [0-9,]+ bytes of text need about \\d+ GB of heap \\(now \\d+\\.\\d GB\\);"
                        + " set MILLRACE_JAVA_OPTS=-Xmx\\d+g");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextSource.read(file("larger", 1L << 32)))
                .withMessage("larger: 4,294,967,296 bytes (expected: at most 2,147,483,639, the longest text);"
                        + " divide the file");
    }

    private Path file(String name, long bytes) throws IOException {
        Path path = folder.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(bytes);
        }
        return path;
    }
}
