package millrace.nn.data;

import java.util.Arrays;

/** The tokens of a text one after the other, without an array of all of them: a text may have hundreds of millions. */
final class Tokens {
    private static final int UNKNOWN = -1;

    private final String name;
    private final String text;
    private final Vocabulary vocabulary;
    // by character
    private final int[] tokens;
    private int at;

    /** @param name what errors call the text */
    Tokens(String name, String text, Vocabulary vocabulary) {
        this.name = name;
        this.text = text;
        this.vocabulary = vocabulary;
        int[] characters = vocabulary.characters().codePoints().toArray();
        this.tokens = new int[Arrays.stream(characters).max().orElse(UNKNOWN) + 1];
        Arrays.fill(tokens, UNKNOWN);
        for (int token = 0; token < characters.length; token++) {
            tokens[characters[token]] = token;
        }
    }

    /**
     * The token of the next character.
     *
     * @throws IllegalArgumentException when that is not in the vocabulary
     */
    int next() {
        int character = text.codePointAt(at);
        at += Character.charCount(character);
        if (character >= tokens.length || tokens[character] == UNKNOWN) {
            // refuses the text up to here, and says where and what
            return vocabulary.tokens(name, text.substring(0, at))[0];
        }
        return tokens[character];
    }
}
