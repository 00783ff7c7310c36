package millrace.nn.data;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.stream.Stream;
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
    private static final int CHUNK = 1 << 16;

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
        String name = String.valueOf(file.getFileName());
        DataFile text = DataFile.of(file, "text");
        TextMemory.require(name, file);
        try {
            return read(name, text);
        } catch (OutOfMemoryError e) {
            throw TextMemory.tooSmall(name, file, e);
        }
    }

    private static TextSource read(String name, DataFile file) {
        return new TextSource(name, file.read(TextSource::decode));
    }

    private static String decode(InputStream stream) throws IOException {
        byte[] bytes = stream.readAllBytes();
        requireUtf8(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** A decoder, unlike a string, reports what is no UTF-8 instead of replacing it; what it makes is not kept. */
    private static void requireUtf8(byte[] bytes) throws CharacterCodingException {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(CHUNK);
        CoderResult result;
        do {
            result = decoder.decode(in, out.clear(), true);
            if (result.isError()) {
                result.throwException();
            }
        } while (result.isOverflow());
    }

    /** The vocabulary of the whole text. */
    public Vocabulary vocabulary() {
        BitSet characters = new BitSet();
        text.codePoints().forEach(characters::set);
        StringBuilder each = new StringBuilder();
        characters.stream().forEach(each::appendCodePoint);
        return Vocabulary.of(each.toString());
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
        int characters = text.codePointCount(0, text.length());
        int cut = (int) (characters * (1 - rest));
        Tokens tokens = new Tokens(name, text, vocabulary);
        return new TrainTest(
                windows(tokens, cut, context, vocabulary), windows(tokens, characters - cut, context, vocabulary));
    }

    /**
     * The windows of all of it, to evaluate with.
     *
     * @param vocabulary of the text that a model was trained with
     * @throws IllegalArgumentException as {@link #windows(int, double, Vocabulary)}
     */
    public Dataset windows(int context, Vocabulary vocabulary) {
        requireContext(context);
        return windows(new Tokens(name, text, vocabulary), text.codePointCount(0, text.length()), context, vocabulary);
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
        long lines = lines().count();
        if (lines < 2) {
            throw new IllegalArgumentException(name + ": " + lines
                    + " lines (expected: 2 or more, one of them to validate with); take windows instead of lines");
        }
        int samples = lines().mapToInt(line -> samples(line, context)).sum();
        int cut = Math.clamp((int) (samples * (1 - rest)), 1, samples - 1);
        int end = vocabulary.tokens(name, LINE_END)[0];
        Samples train = new Samples(cut, context, end);
        Samples test = new Samples(samples - cut, context, end);
        fill(context, vocabulary, train, test);
        return new TrainTest(train.dataset(name, vocabulary), test.dataset(name, vocabulary));
    }

    /**
     * All of its lines, to evaluate with.
     *
     * @param vocabulary of the text that a model was trained with
     * @throws IllegalArgumentException as {@link #lines(int, double, Vocabulary)}
     */
    public Dataset lines(int context, Vocabulary vocabulary) {
        requireContext(context);
        int samples = lines().mapToInt(line -> samples(line, context)).sum();
        if (samples < 1) {
            throw new IllegalArgumentException(name + ": no lines (expected: 1 or more); take another text");
        }
        Samples all = new Samples(samples, context, vocabulary.tokens(name, LINE_END)[0]);
        fill(context, vocabulary, all, all);
        return all.dataset(name, vocabulary);
    }

    private void fill(int context, Vocabulary vocabulary, Samples first, Samples rest) {
        lines().forEach(line -> {
            int[] tokens = vocabulary.tokens(name, line + LINE_END);
            for (int from = 0; from < tokens.length - 1; from += context) {
                (first.isFull() ? rest : first).add(tokens, from);
            }
        });
    }

    /** One after the other, not kept. */
    private Stream<String> lines() {
        return text.lines().filter(line -> !line.isEmpty());
    }

    private static int samples(String line, int context) {
        return Math.ceilDiv(line.codePointCount(0, line.length()), context);
    }

    /** Samples of different length, padded, as tensors that are filled one after the other. */
    private static final class Samples {
        private final Tensor inputs;
        private final Tensor targets;
        private final int count;
        private final int context;
        private final int end;
        private int filled;

        Samples(int count, int context, int end) {
            Arena arena = Arena.ofAuto();
            this.inputs = Tensor.zeros(arena, ElementType.I32, Shape.of(count, context));
            this.targets = Tensor.zeros(arena, ElementType.I32, Shape.of(count, context));
            this.count = count;
            this.context = context;
            this.end = end;
        }

        boolean isFull() {
            return filled == count;
        }

        /** One more, of those tokens from an index on that there are. */
        void add(int[] tokens, int from) {
            for (int j = 0; j < context; j++) {
                boolean counts = from + j + 1 < tokens.length;
                inputs.setInt((long) filled * context + j, counts ? tokens[from + j] : end);
                targets.setInt((long) filled * context + j, counts ? tokens[from + j + 1] : Dataset.IGNORED);
            }
            filled++;
        }

        Dataset dataset(String name, Vocabulary vocabulary) {
            return new Dataset(name, inputs, targets, vocabulary.names());
        }
    }

    private static void requireContext(int context) {
        if (context < 1) {
            throw new IllegalArgumentException("context: " + context + " (expected: 1 or more)");
        }
    }

    private static void check(int context, double rest) {
        requireContext(context);
        if (!(rest > 0 && rest < 1)) {
            throw new IllegalArgumentException(
                    "validation: " + rest + " (expected: above 0 and below 1); 0.1 keeps the last tenth of the text");
        }
    }

    /** Windows of the next characters, as many as there are; what is left of those characters is passed over. */
    private Dataset windows(Tokens tokens, int characters, int context, Vocabulary vocabulary) {
        int windows = (characters - 1) / context;
        if (windows < 1) {
            throw new IllegalArgumentException(
                    name + ": " + characters + " characters in a part (expected: at least " + (context + 1)
                            + ", a window and the character after it); lower the context or take a longer text");
        }
        Arena arena = Arena.ofAuto();
        Tensor inputs = Tensor.zeros(arena, ElementType.I32, Shape.of(windows, context));
        Tensor targets = Tensor.zeros(arena, ElementType.I32, Shape.of(windows, context));
        // windows lie side by side, so a character's place in the part is its place in the tensor
        int last = windows * context;
        for (int i = 0; i < characters; i++) {
            int token = tokens.next();
            if (i < last) {
                inputs.setInt(i, token);
            }
            if (i > 0 && i <= last) {
                targets.setInt(i - 1L, token);
            }
        }
        return new Dataset(name, inputs, targets, vocabulary.names());
    }
}
