package millrace.nn.data;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;

/** The cells of a CSV file that say that there is no value: words in any case, and numbers such as -999 however they are written. */
final class MissingCells {
    private final Set<String> words;
    private final double[] numbers;
    private final char decimal;

    /** @param words in lower case */
    MissingCells(List<String> words, char decimal) {
        this.words = Set.copyOf(words);
        this.numbers = words.stream()
                .map(word -> CsvNumber.find(word, decimal))
                .flatMapToDouble(OptionalDouble::stream)
                .toArray();
        this.decimal = decimal;
    }

    boolean contains(String cell) {
        return words.contains(cell.toLowerCase(Locale.ROOT)) || isNumber(cell);
    }

    private boolean isNumber(String cell) {
        if (numbers.length == 0) {
            return false;
        }
        OptionalDouble value = CsvNumber.find(cell, decimal);
        if (value.isPresent()) {
            for (double number : numbers) {
                if (number == value.getAsDouble()) {
                    return true;
                }
            }
        }
        return false;
    }
}
