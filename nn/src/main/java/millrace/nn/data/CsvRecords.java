package millrace.nn.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts CSV text into records of cells (RFC 4180, and its usual relatives). Blank lines are skipped, blanks around
 * cells are dropped; a cell in quotes may hold separators, doubled quotes and line ends.
 */
final class CsvRecords {
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final String file;
    private final BufferedReader reader;
    private final char decimal;
    private CsvOptions.Separator separator;
    private String text = "";
    private int at;
    private int lines;
    private int start;

    /**
     * @param file said in errors
     * @param skipped lines that were read before, to number the rest
     * @param decimal sign before the fraction of a number: a comma separates cells only where nothing else does
     */
    CsvRecords(String file, BufferedReader reader, int skipped, CsvOptions.Separator separator, char decimal) {
        this.decimal = decimal;
        this.file = file;
        this.reader = reader;
        this.lines = skipped;
        this.separator = separator;
    }

    /** Number of the line, from 1, where the record given last begins. */
    int line() {
        return start;
    }

    /**
     * The cells of the next record, or null at the end.
     *
     * @throws IllegalArgumentException on a quote without end, or text behind one
     */
    @Nullable
    List<String> next() throws IOException {
        do {
            String line = reader.readLine();
            if (line == null) {
                return null;
            }
            lines++;
            text = lines == 1 && !line.isEmpty() && line.charAt(0) == BYTE_ORDER_MARK ? line.substring(1) : line;
        } while (text.isBlank());
        start = lines;
        at = 0;
        if (separator == CsvOptions.Separator.AUTO) {
            separator = mostFrequent(text);
        }
        return cells();
    }

    private List<String> cells() throws IOException {
        List<String> cells = new ArrayList<>();
        skipBlanks();
        while (true) {
            cells.add(at < text.length() && text.charAt(at) == '"' ? quoted() : plain());
            if (separator == CsvOptions.Separator.BLANKS) {
                skipBlanks();
            }
            if (at == text.length()) {
                return cells;
            }
            if (separator != CsvOptions.Separator.BLANKS) {
                at++;
                skipBlanks();
            }
        }
    }

    private String plain() {
        int from = at;
        while (at < text.length() && !separates(text.charAt(at))) {
            at++;
        }
        return text.substring(from, at).strip();
    }

    private String quoted() throws IOException {
        StringBuilder cell = new StringBuilder();
        at++;
        while (true) {
            int quote = text.indexOf('"', at);
            if (quote < 0) {
                cell.append(text, at, text.length()).append('\n');
                String line = reader.readLine();
                if (line == null) {
                    throw problem("a quote without end (expected: a closing \" behind each opening one); add it");
                }
                lines++;
                text = line;
                at = 0;
                continue;
            }
            cell.append(text, at, quote);
            at = quote + 1;
            if (at == text.length() || text.charAt(at) != '"') {
                break;
            }
            cell.append('"');
            at++;
        }
        skipBlanks();
        if (at < text.length() && separator != CsvOptions.Separator.BLANKS && !separates(text.charAt(at))) {
            throw problem("text behind a closing quote (expected: a separator); double the quotes within cells");
        }
        return cell.toString();
    }

    private void skipBlanks() {
        while (at < text.length() && isBlank(text.charAt(at)) && !separatesAlone(text.charAt(at))) {
            at++;
        }
    }

    private boolean separates(char c) {
        return separator == CsvOptions.Separator.BLANKS ? isBlank(c) : separatesAlone(c);
    }

    /** Whether one {@code c} ends a cell, so that two of them have an empty cell between. */
    private boolean separatesAlone(char c) {
        return switch (separator) {
            case COMMA -> c == ',';
            case SEMICOLON -> c == ';';
            case TAB -> c == '\t';
            case BLANKS, AUTO -> false;
        };
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private CsvOptions.Separator mostFrequent(String row) {
        int commas = 0;
        int semicolons = 0;
        int tabs = 0;
        boolean inQuotes = false;
        for (int i = 0; i < row.length(); i++) {
            char c = row.charAt(i);
            inQuotes ^= c == '"';
            commas += !inQuotes && c == ',' ? 1 : 0;
            semicolons += !inQuotes && c == ';' ? 1 : 0;
            tabs += !inQuotes && c == '\t' ? 1 : 0;
        }
        if (commas + semicolons + tabs == 0) {
            return CsvOptions.Separator.BLANKS;
        }
        boolean fractions = decimal == ',' && semicolons + tabs > 0;
        // one comma and one semicolon are more often a fraction and a separator than the other way round
        if (!fractions && commas > semicolons && commas >= tabs) {
            return CsvOptions.Separator.COMMA;
        }
        return semicolons >= tabs ? CsvOptions.Separator.SEMICOLON : CsvOptions.Separator.TAB;
    }

    private IllegalArgumentException problem(String what) {
        return new IllegalArgumentException(file + ": line " + start + ": " + what);
    }
}
