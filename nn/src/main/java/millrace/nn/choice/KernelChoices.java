package millrace.nn.choice;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import millrace.nn.choice.Choice.Form;

/**
 * The ways in which the weight matrices of a run are multiplied: a part of what the run is, because bits follow from it. What
 * is not in here is multiplied as usual.
 *
 * @param choices by what they are for, ascending
 */
public record KernelChoices(SortedMap<Use, Choice> choices) {
    /** Everything as usual. */
    public static final KernelChoices NONE = new KernelChoices(Collections.emptySortedMap());

    /** What stands between the texts of several choices. */
    private static final String BETWEEN = "; ";

    private static final String FORM = "(" + Form.names("|") + ")";
    private static final Pattern TEXT = Pattern.compile("(\\d{1,9}) x (\\d{1,9}), (\\d{1,9}) forwards?: forward " + FORM
            + ", backward-input " + FORM + ", rows (padded|close)");

    /**
     * A weight matrix in a training.
     *
     * @param in columns of the matrix
     * @param out rows of it
     * @param forwards that one version of it serves
     */
    public record Use(int in, int out, int forwards) implements Comparable<Use> {
        @Override
        public int compareTo(Use other) {
            int byIn = Integer.compare(in, other.in);
            int byOut = byIn != 0 ? byIn : Integer.compare(out, other.out);
            return byOut != 0 ? byOut : Integer.compare(forwards, other.forwards);
        }

        @Override
        public String toString() {
            return in + " x " + out + ", " + forwards + (forwards == 1 ? " forward" : " forwards");
        }
    }

    private record Size(int in, int out) {}

    /** @throws IllegalArgumentException when the rows of one size of matrix are padded and are not */
    public KernelChoices {
        choices = Collections.unmodifiableSortedMap(new TreeMap<>(choices));
        Map<Size, Boolean> padded = new HashMap<>();
        choices.forEach((use, choice) -> {
            Boolean other = padded.put(new Size(use.in(), use.out()), choice.padded());
            if (other != null && other != choice.padded()) {
                throw new IllegalArgumentException("kernels: rows of " + use.in() + " x " + use.out()
                        + " padded and close (expected: one of them, a matrix lies in memory in one way)");
            }
        });
    }

    /**
     * From {@link #texts}.
     *
     * @throws IllegalArgumentException when one of them is no choice, or two are for the same
     */
    public static KernelChoices parse(Collection<String> texts) {
        SortedMap<Use, Choice> found = new TreeMap<>();
        for (String text : texts) {
            Matcher matcher = TEXT.matcher(text.strip());
            if (!matcher.matches()) {
                throw new IllegalArgumentException("kernels: " + text + " (expected: as in \""
                        + text(new Use(1024, 1024, 8), new Choice(Form.PACKED, Form.PLAIN, true)) + "\")");
            }
            Use use = new Use(number(matcher, 1), number(matcher, 2), number(matcher, 3));
            Choice choice = new Choice(
                    Form.named(matcher.group(4)),
                    Form.named(matcher.group(5)),
                    matcher.group(6).equals("padded"));
            if (found.put(use, choice) != null) {
                throw new IllegalArgumentException("kernels: " + use + " twice (expected: once)");
            }
        }
        return found.isEmpty() ? NONE : new KernelChoices(found);
    }

    /** From the one text of {@link #toString}. */
    public static KernelChoices parse(String text) {
        return parse(text.isBlank() ? List.of() : List.of(text.split(BETWEEN, -1)));
    }

    private static int number(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }

    private static String text(Use use, Choice choice) {
        return use + ": " + choice;
    }

    /** Each choice as a text, which {@link #parse(Collection)} reads. */
    public List<String> texts() {
        List<String> texts = new ArrayList<>();
        choices.forEach((use, choice) -> texts.add(text(use, choice)));
        return texts;
    }

    public boolean isEmpty() {
        return choices.isEmpty();
    }

    /** What is chosen for a matrix one version of which serves so many forwards. */
    public Optional<Choice> of(int in, int out, int forwards) {
        return Optional.ofNullable(choices.get(new Use(in, out, forwards)));
    }

    /** Whether the rows of matrices of a size are padded; empty where nothing is chosen. */
    public Optional<Boolean> padded(int in, int out) {
        return choices.entrySet().stream()
                .filter(entry -> entry.getKey().in() == in && entry.getKey().out() == out)
                .map(entry -> entry.getValue().padded())
                .findFirst();
    }

    @Override
    public String toString() {
        return String.join(BETWEEN, texts());
    }
}
