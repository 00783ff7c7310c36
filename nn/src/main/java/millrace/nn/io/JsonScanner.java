package millrace.nn.io;

import java.util.HexFormat;

/** The characters of a JSON text: tokens, strings and numbers, from left to right. */
final class JsonScanner {
    /** What {@link #token} gives behind the last character. */
    static final int END = -1;

    private final String file;
    private final String text;
    private int at;

    JsonScanner(String file, String text) {
        this.file = file;
        this.text = text;
    }

    /** Passes blanks; the character behind them, which stays the next one. */
    int token() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return peek();
    }

    /** Passes blanks, then the token if it is there. */
    boolean accept(char token) {
        return token() == token && skip(token);
    }

    void require(char token) {
        if (!accept(token)) {
            throw unexpected("'" + token + "'");
        }
    }

    String word(String word) {
        if (!text.startsWith(word, at)) {
            throw unexpected(word);
        }
        at += word.length();
        return word;
    }

    /** A number as it is written. */
    String numeral() {
        int start = at;
        skip('-');
        if (!skip('0')) {
            digits("a value");
        }
        if (skip('.')) {
            digits("a digit");
        }
        if (skip('e') || skip('E')) {
            if (!skip('+')) {
                skip('-');
            }
            digits("a digit");
        }
        return text.substring(start, at);
    }

    private void digits(String expected) {
        int start = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        if (at == start) {
            throw unexpected(expected);
        }
    }

    /** The text between two quotes, unescaped. */
    String string() {
        StringBuilder value = new StringBuilder();
        require('"');
        while (!skip('"')) {
            if (peek() < ' ') {
                throw unexpected("a closing quote");
            }
            if (skip('\\')) {
                escape(value);
            } else {
                value.append(text.charAt(at++));
            }
        }
        return value.toString();
    }

    private void escape(StringBuilder value) {
        int kind = peek();
        switch (kind) {
            case '"', '\\', '/' -> value.append((char) kind);
            case 'b' -> value.append('\b');
            case 'f' -> value.append('\f');
            case 'n' -> value.append('\n');
            case 'r' -> value.append('\r');
            case 't' -> value.append('\t');
            case 'u' -> {
                at++;
                unicode(value);
                return;
            }
            default -> throw unexpected("an escape of JSON");
        }
        at++;
    }

    /** Half a surrogate pair is refused: it is no character, and would not survive being written as UTF-8. */
    private void unicode(StringBuilder value) {
        char unit = hex();
        value.append(unit);
        boolean whole = !Character.isSurrogate(unit);
        if (Character.isHighSurrogate(unit) && skip('\\') && skip('u')) {
            char low = hex();
            value.append(low);
            whole = Character.isLowSurrogate(low);
        }
        if (!whole) {
            throw unexpected("both halves of a surrogate pair");
        }
    }

    private char hex() {
        int start = at;
        for (; at < start + 4; at++) {
            if (!HexFormat.isHexDigit(peek())) {
                throw unexpected("four hexadecimal digits");
            }
        }
        return (char) HexFormat.fromHexDigits(text, start, at);
    }

    private int peek() {
        return at < text.length() ? text.charAt(at) : END;
    }

    private boolean skip(char c) {
        boolean found = peek() == c;
        at += found ? 1 : 0;
        return found;
    }

    /** The error that says what stands here instead of what should. */
    IllegalArgumentException unexpected(String expected) {
        String found = peek() == END ? "the end" : FileProblem.shown(text.substring(at, at + 1));
        return FileProblem.of(
                file, "header is not JSON, " + found + " at character " + at, expected, FileProblem.DAMAGED);
    }
}
