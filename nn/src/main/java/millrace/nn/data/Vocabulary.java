package millrace.nn.data;

import java.util.Arrays;
import java.util.List;

/** The characters that a model of texts knows, ascending; a character's token is its place among them, from 0. */
public final class Vocabulary {
    // what an error lists of a vocabulary at most
    private static final int LISTED = 100;

    private final int[] characters;

    private Vocabulary(int[] characters) {
        this.characters = characters;
    }

    /** The characters of a text. */
    public static Vocabulary of(String text) {
        return new Vocabulary(text.codePoints().sorted().distinct().toArray());
    }

    /**
     * What {@link #characters} gave.
     *
     * @throws IllegalArgumentException unless the characters are ascending, each once
     */
    public static Vocabulary saved(String characters) {
        Vocabulary vocabulary = of(characters);
        if (vocabulary.size() == 0 || !vocabulary.characters().equals(characters)) {
            throw new IllegalArgumentException("vocabulary: " + shown(characters)
                    + " (expected: 1 or more characters, ascending, each once); leave it to the program to fill in");
        }
        return vocabulary;
    }

    /** Number of characters. */
    public int size() {
        return characters.length;
    }

    /** All of them in one text. */
    public String characters() {
        return new String(characters, 0, characters.length);
    }

    /** The characters by token, as the names of classes. */
    public List<String> names() {
        return Arrays.stream(characters).mapToObj(Character::toString).toList();
    }

    /** The character of a token. */
    public String character(int token) {
        return Character.toString(characters[token]);
    }

    /**
     * The tokens of a text's characters.
     *
     * @param name what errors call the text
     * @throws IllegalArgumentException on the first character that is not in the vocabulary
     */
    public int[] tokens(String name, String text) {
        int[] tokens = text.codePoints().toArray();
        for (int i = 0; i < tokens.length; i++) {
            int token = Arrays.binarySearch(characters, tokens[i]);
            if (token < 0) {
                throw new IllegalArgumentException(String.format(
                        "%s: character %d is %s, U+%04X (expected: one of the %d of the vocabulary: %s);"
                                + " remove or replace it",
                        name, i + 1, shown(Character.toString(tokens[i])), tokens[i], size(), shown(characters())));
            }
            tokens[i] = token;
        }
        return tokens;
    }

    /** On one line, and not too long. */
    private static String shown(String text) {
        String line = text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t");
        int length = line.codePointCount(0, line.length());
        return length <= LISTED ? line : line.substring(0, line.offsetByCodePoints(0, LISTED)) + "...";
    }
}
