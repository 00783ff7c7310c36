package millrace.app;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Adds to an error of the usual form, {@code key: X (expected: one of A, B, C)} or {@code X: unknown key (expected: one of
 * ...)}, which of the names was probably meant. All modules write that form, so this is the one place that suggests.
 */
final class Nearest {
    private static final Pattern ONE_OF = Pattern.compile(
            "(?<given>\\S+?)(: unknown key[^(]*)? \\(expected: (a file, or )?one of \\[?(?<names>[^()\\]]+)\\]?\\)");

    private Nearest() {}

    /** A message with a suggestion behind it, or as it is where no name is near. */
    static String suggested(String message) {
        Matcher matcher = ONE_OF.matcher(message);
        if (!matcher.find()) {
            return message;
        }
        String given = matcher.group("given");
        List<String> names = List.of(matcher.group("names").split(", ", -1));
        // of a key below others the last part is what is compared
        return nearest(given, names)
                .or(() -> nearest(given.replaceAll(".*\\.", ""), names))
                .map(name -> message + "; did you mean " + name + "?")
                .orElse(message);
    }

    /** The name with the fewest letters to change; none where it is more than every third one. */
    static Optional<String> nearest(String given, List<String> names) {
        return names.stream()
                .filter(name -> !name.equals(given) && distance(given, name) <= Math.max(1, given.length() / 3))
                .min(Comparator.<String>comparingInt(name -> distance(given, name))
                        .thenComparingInt(name -> -beginning(given, name)));
    }

    /** Letters that two words begin with in common: more often the end is wrong. */
    private static int beginning(String a, String b) {
        int mismatch = Arrays.mismatch(a.toCharArray(), b.toCharArray());
        return mismatch < 0 ? a.length() : mismatch;
    }

    /** Letters to insert, to leave out, to replace, or neighbours to exchange (optimal string alignment). */
    static int distance(String a, String b) {
        int[] before = new int[b.length() + 1];
        int[] last = new int[b.length() + 1];
        Arrays.setAll(last, j -> j);
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    row[j] = Math.min(row[j], before[j - 2] + 1);
                }
            }
            before = last;
            last = row;
        }
        return last[b.length()];
    }
}
