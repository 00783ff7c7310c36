package millrace.nn.data;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * A text as a data set for models that predict the next character. The vocabulary is the sorted set of its characters;
 * samples are windows of {@code context} characters side by side, and a window's targets are the characters one further.
 *
 * <pre>
 * text "to be or", context 3     inputs "to " "be "     targets "o b" "e o"
 * </pre>
 *
 * @param name what errors and reports call it
 * @param text all of it
 */
public record TextSource(String name, String text) {
    private static final String LINE_END = "\n";

    /** The one that comes with the program: Moby-Dick by Herman Melville (1851). */
    public static TextSource mobyDick() {
        return read("moby-dick", DataFile.shipped("moby-dick.txt.gz", "9734ec6c6a9d56b227518cec6554872f"));
    }

    /**
     * A user's file in UTF-8, which may be packed by gzip.
     *
     * @throws IllegalArgumentException when there is no such file, or it is no text
     */
    public static TextSource read(Path file) {
        return read(String.valueOf(file.getFileName()), DataFile.of(file, "text"));
    }

    private static TextSource read(String name, DataFile file) {
        return new TextSource(name, file.read(TextSource::decode));
    }

    private static String decode(InputStream bytes) throws IOException {
        // a decoder, unlike a charset, reports what is no UTF-8 instead of replacing it
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes.readAllBytes()))
                .toString();
    }

    /** The vocabulary of the whole text. */
    public Vocabulary vocabulary() {
        return Vocabulary.of(text);
    }

    /**
     * The windows of the first part, and those of the rest.
     *
     * @param context characters of a window
     * @param rest share of the text that is not trained with, above 0 and below 1
     * @param vocabulary that of this text, or of the one that a model was trained with
     * @return I32 of windows x context, targets of the same shape
     * @throws IllegalArgumentException when one of the parts is too short for a window, or a character is not in the
     *     vocabulary
     */
    public TrainTest windows(int context, double rest, Vocabulary vocabulary) {
        check(context, rest);
        int[] tokens = vocabulary.tokens(name, text);
        List<String> classes = vocabulary.names();
        int cut = (int) (tokens.length * (1 - rest));
        return new TrainTest(
                windows(Arrays.copyOfRange(tokens, 0, cut), context, classes),
                windows(Arrays.copyOfRange(tokens, cut, tokens.length), context, classes));
    }

    /**
     * Lines as samples of different length: the characters of a line, each to predict the next one, the last one the line's
     * end. A line that is shorter than {@code context} is padded behind with targets that are {@link Dataset#IGNORED}, a
     * longer one goes on in further samples; empty ones are left out. The last lines are held back.
     *
     * <pre>
     * "be\nor not", context 4     inputs "be.." "or n" "ot.."     targets "e\n.." "r no" "t\n.."
     * </pre>
     *
     * <p>Padding needs no mask where a position is computed from those before it alone (recurrent layers, causal
     * attention, layers that treat each position by itself): nothing that counts sees it.
     *
     * @param context characters of the longest sample
     * @param rest share of the samples that is not trained with, above 0 and below 1
     * @param vocabulary that of this text, or of the one that a model was trained with
     * @return I32 of samples x context, targets of the same shape
     * @throws IllegalArgumentException when there are not two lines, or a character is not in the vocabulary
     */
    public TrainTest lines(int context, double rest, Vocabulary vocabulary) {
        check(context, rest);
        List<String> lines = text.lines().filter(line -> !line.isEmpty()).toList();
        if (lines.size() < 2) {
            throw new IllegalArgumentException(name + ": " + lines.size()
                    + " lines (expected: 2 or more, one of them to validate with); take windows instead of lines");
        }
        int end = vocabulary.tokens(name, LINE_END)[0];
        List<int[]> samples = new ArrayList<>();
        lines.forEach(line -> {
            int[] tokens = vocabulary.tokens(name, line + LINE_END);
            for (int from = 0; from < tokens.length - 1; from += context) {
                samples.add(Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + context + 1)));
            }
        });
        int cut = Math.clamp((int) (samples.size() * (1 - rest)), 1, samples.size() - 1);
        List<String> classes = vocabulary.names();
        return new TrainTest(
                padded(samples.subList(0, cut), context, end, classes),
                padded(samples.subList(cut, samples.size()), context, end, classes));
    }

    private Dataset padded(List<int[]> samples, int context, int end, List<String> classes) {
        Arena arena = Arena.ofAuto();
        Tensor inputs = Tensor.zeros(arena, ElementType.I32, Shape.of(samples.size(), context));
        Tensor targets = Tensor.zeros(arena, ElementType.I32, Shape.of(samples.size(), context));
        for (int i = 0; i < samples.size(); i++) {
            int[] sample = samples.get(i);
            for (int j = 0; j < context; j++) {
                boolean counts = j + 1 < sample.length;
                inputs.setInt((long) i * context + j, counts ? sample[j] : end);
                targets.setInt((long) i * context + j, counts ? sample[j + 1] : Dataset.IGNORED);
            }
        }
        return new Dataset(name, inputs, targets, classes);
    }

    private static void check(int context, double rest) {
        if (context < 1) {
            throw new IllegalArgumentException("context: " + context + " (expected: 1 or more)");
        }
        if (!(rest > 0 && rest < 1)) {
            throw new IllegalArgumentException(
                    "validation: " + rest + " (expected: above 0 and below 1); 0.1 keeps the last tenth of the text");
        }
    }

    private Dataset windows(int[] tokens, int context, List<String> classes) {
        int windows = (tokens.length - 1) / context;
        if (windows < 1) {
            throw new IllegalArgumentException(
                    name + ": " + tokens.length + " characters in a part (expected: at least " + (context + 1)
                            + ", a window and the character after it); lower the context or take a longer text");
        }
        List<int[]> samples = IntStream.range(0, windows)
                .mapToObj(i -> Arrays.copyOfRange(tokens, i * context, (i + 1) * context + 1))
                .toList();
        // all of them as long as the context: nothing is padded
        return padded(samples, context, 0, classes);
    }
}
