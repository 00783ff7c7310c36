package millrace.nn.data;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import millrace.nn.data.CsvOptions.Header;
import org.jspecify.annotations.Nullable;

/**
 * What the first row of a CSV file is. Words are names; numbers are a sample, unless they may as well be names: those of the
 * columns that were trained with, or the numbers of the columns, as programs write them for data without names, or years. Nobody but the user
 * can tell then.
 */
enum CsvHeader {
    /** The names of the columns. */
    NAMES,
    /** A row like the others. */
    SAMPLE,
    /** Numbers that may be either. */
    UNCLEAR;

    // of fewer columns a first sample as 1,2 is as likely, where a file is trained with
    private static final int FEWEST = 3;
    private static final Set<String> FIRST = Set.of("0", "1");

    /**
     * @param first cells of the row
     * @param schema of the file that was trained with; null where it is this one
     */
    static CsvHeader of(List<String> first, CsvFormat format, @Nullable TableSchema schema) {
        if (format.header() != Header.AUTO) {
            return format.header() == Header.TRUE ? NAMES : SAMPLE;
        }
        MissingCells missing = format.missingCells();
        boolean words =
                first.stream().noneMatch(format::isNumber) && !first.stream().allMatch(missing::contains);
        boolean numbers = first.stream().allMatch(format::isNumber);
        if (schema == null) {
            return words ? NAMES : first.size() >= FEWEST && isCount(first) ? UNCLEAR : SAMPLE;
        }
        if (schema.named() && first.stream().anyMatch(schema::hasColumn)) {
            return numbers && !first.containsAll(schema.columns()) ? UNCLEAR : NAMES;
        }
        if (words) {
            // a row of words is one of samples too where the network sees words
            return schema.holdsNumbersAlone() ? NAMES : SAMPLE;
        }
        boolean fromTheStart = FIRST.contains(first.getFirst());
        return first.size() > 1 && fromTheStart && isCount(first) ? UNCLEAR : SAMPLE;
    }

    /** Whole numbers, each one more than the one before it: 0, 1, 2 and so on, or years. */
    private static boolean isCount(List<String> cells) {
        // of nine digits at most
        if (!cells.getFirst().matches("[0-9]{1,9}")) {
            return false;
        }
        int from = Integer.parseInt(cells.getFirst());
        return IntStream.range(0, cells.size()).allMatch(i -> cells.get(i).equals(String.valueOf(from + i)));
    }

    /**
     * Whether names that are numbers look like the rows below them: each lies within what its column holds there.
     *
     * @param features numbers of the columns that {@code values} begin with
     */
    static boolean looksLikeASample(List<String> names, List<Integer> features, RowBlocks values, CsvFormat format) {
        return !names.isEmpty()
                && names.stream().allMatch(format::isNumber)
                && IntStream.range(0, features.size()).allMatch(i -> {
                    double name = CsvNumber.parse(names.get(features.get(i)), format.decimal());
                    return IntStream.range(0, values.rows()).anyMatch(row -> values.get(row, i) <= name)
                            && IntStream.range(0, values.rows()).anyMatch(row -> values.get(row, i) >= name);
                });
    }

    /** @param what of the row */
    static IllegalArgumentException question(String file, int line, String what) {
        return new IllegalArgumentException(
                file + ": line " + line + ": " + what
                        + " (expected: header = true if these are the names of the columns, false if it is a sample); set header");
    }
}
