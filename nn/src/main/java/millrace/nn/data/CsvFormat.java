package millrace.nn.data;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import millrace.nn.data.CsvOptions.Header;
import millrace.nn.data.CsvOptions.Separator;

/**
 * How the text of a CSV file becomes cells.
 *
 * @param separator what stands between cells
 * @param header whether the first row holds names
 * @param decimal what stands before the fraction of a number: a point or a comma
 * @param charset what the file's bytes are
 * @param missing words that mean that there is no value, in any case; an empty cell is {@code ""}
 */
public record CsvFormat(Separator separator, Header header, char decimal, Charset charset, List<String> missing) {
    /** What stands for a value that is not there in the files of R, pandas, Weka and spreadsheets. */
    public static final List<String> MISSING = List.of(
            "", "?", "na", "n/a", "#n/a", "#na", "<na>", "null", "nan", "nat", "#ref!", "#value!", "#div/0!", "#name?",
            "#num!", "#null!");

    /** Everything found out from the file, UTF-8, decimal points. */
    public static final CsvFormat AUTO =
            new CsvFormat(Separator.AUTO, Header.AUTO, '.', StandardCharsets.UTF_8, MISSING);

    /**
     * Checks the decimal sign.
     *
     * @throws IllegalArgumentException on another one than point and comma
     */
    public CsvFormat {
        if (decimal != '.' && decimal != ',') {
            throw new IllegalArgumentException("decimal: " + decimal + " (expected: a point or a comma)");
        }
        missing = missing.stream().map(word -> word.toLowerCase(Locale.ROOT)).toList();
    }

    /** The same with what stands between two cells. */
    public CsvFormat withSeparator(Separator other) {
        return new CsvFormat(other, header, decimal, charset, missing);
    }

    /** The same, told whether the first line is a header. */
    public CsvFormat withHeader(Header other) {
        return new CsvFormat(separator, other, decimal, charset, missing);
    }

    /**
     * The same with another decimal sign.
     *
     * @throws IllegalArgumentException unless it is a point or a comma
     */
    public CsvFormat withDecimal(char other) {
        return new CsvFormat(separator, header, other, charset, missing);
    }

    /** The same in other bytes. */
    public CsvFormat withCharset(Charset other) {
        return new CsvFormat(separator, header, decimal, other, missing);
    }

    /** The same with other words for a value that is not there. */
    public CsvFormat withMissing(List<String> words) {
        return new CsvFormat(separator, header, decimal, charset, words);
    }

    /** What says that there is no value, ready to be looked up for every cell of a file. */
    MissingCells missingCells() {
        return new MissingCells(missing, decimal);
    }

    boolean isNumber(String cell) {
        return CsvNumber.is(cell, decimal);
    }
}
