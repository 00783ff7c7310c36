package millrace.nn.choice;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import millrace.nn.choice.Choice.Form;

/**
 * What the products of weight matrices take on one processor, as it was measured there once. By it the form of each product
 * of a run is chosen; the run then keeps its choices, whatever becomes of the table.
 *
 * @param processor where it was measured
 * @param times by size, ascending
 */
public record KernelTable(Processor processor, SortedMap<Size, ProductTimes> times) {
    /** What must be gained for another form than the usual one: less may be chance. */
    static final double MARGIN = 0.05;

    /**
     * A product of a weight matrix.
     *
     * @param in columns of the matrix
     * @param out rows of it
     * @param rows that it is multiplied with: a power of two
     * @param padded whether its rows are a cache line apart
     */
    public record Size(int in, int out, int rows, boolean padded) implements Comparable<Size> {
        private static final Comparator<Size> ORDER = Comparator.comparingInt(Size::in)
                .thenComparingInt(Size::out)
                .thenComparingInt(Size::rows)
                .thenComparing(Size::padded);

        /** @throws IllegalArgumentException unless all are above 0 and the rows are a power of two */
        public Size {
            if (in < 1 || out < 1 || rows < 1 || Integer.bitCount(rows) != 1) {
                throw new IllegalArgumentException("size: " + in + " x " + out + " with " + rows
                        + " rows (expected: 1 or more, rows a power of two)");
            }
        }

        /** The power of two that is nearest to so many rows, by ratio. */
        public static int rowsNear(int rows) {
            int below = Integer.highestOneBit(Math.max(1, rows));
            return (double) rows / below > Math.sqrt(2) && below < 1 << 30 ? 2 * below : below;
        }

        @Override
        public int compareTo(Size other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * A weight matrix of a run.
     *
     * @param in columns
     * @param out rows
     * @param rows that each product has
     * @param forwards of micro-batches that one version of the weights serves
     * @param calls products of each kind that a micro-batch makes: steps of a recurrent layer
     */
    public record Demand(int in, int out, int rows, int forwards, int calls) {}

    public KernelTable {
        times = Collections.unmodifiableSortedMap(new TreeMap<>(times));
    }

    /** An empty one. */
    public static KernelTable of(Processor processor) {
        return new KernelTable(processor, Collections.emptySortedMap());
    }

    /** The same with what was measured of one more product, or of one once more. */
    public KernelTable with(Size size, ProductTimes found) {
        SortedMap<Size, ProductTimes> more = new TreeMap<>(times);
        more.put(size, found);
        return new KernelTable(processor, more);
    }

    /** What was measured of a product; empty where it was not. */
    public Optional<ProductTimes> of(Size size) {
        return Optional.ofNullable(times.get(size));
    }

    /** What is chosen for matrices beside what is usual. */
    public interface Usual {
        /** How a matrix is multiplied when nothing was measured. */
        Choice of(int in, int out, int forwards);
    }

    /** The choices for the matrices of a run, as far as their products were measured. */
    public KernelChoices choices(List<Demand> demands, Usual usual) {
        SortedMap<KernelChoices.Use, Choice> found = new TreeMap<>();
        for (Demand demand : demands) {
            KernelChoices.Use use = new KernelChoices.Use(demand.in(), demand.out(), demand.forwards());
            // matrices of one size lie in memory alike, whoever uses them
            Optional<Boolean> lies = found.entrySet().stream()
                    .filter(entry ->
                            entry.getKey().in() == demand.in() && entry.getKey().out() == demand.out())
                    .map(entry -> entry.getValue().padded())
                    .findFirst();
            if (!found.containsKey(use)) {
                choice(demand, usual.of(demand.in(), demand.out(), demand.forwards()), lies)
                        .ifPresent(choice -> found.put(use, choice));
            }
        }
        return found.isEmpty() ? KernelChoices.NONE : new KernelChoices(found);
    }

    /** The fastest forms, each the usual one unless another gains clearly; empty where nothing was measured. */
    Optional<Choice> choice(Demand demand, Choice usual, Optional<Boolean> lies) {
        boolean usually = lies.orElse(usual.padded());
        double calls = (double) demand.forwards() * demand.calls();
        int rows = Size.rowsNear(demand.rows());
        Optional<ProductTimes> here = of(new Size(demand.in(), demand.out(), rows, usually));
        if (here.isEmpty()) {
            return Optional.empty();
        }
        Choice best = forms(here.get(), usual, usually, calls);
        Optional<ProductTimes> there =
                lies.isPresent() ? Optional.empty() : of(new Size(demand.in(), demand.out(), rows, !usually));
        Optional<Choice> other = there.map(times -> forms(times, usual, !usually, calls))
                .filter(choice ->
                        gains(there.get().all(choice, calls), here.get().all(best, calls)));
        return Optional.of(other.orElse(best));
    }

    private static Choice forms(ProductTimes times, Choice usual, boolean padded, double calls) {
        return new Choice(
                fastest(times.forward(), usual.forward(), calls),
                fastest(times.input(), usual.backwardInput(), calls),
                padded);
    }

    private static Form fastest(ProductTimes.OfForms times, Form usual, double calls) {
        Form best = usual;
        for (Form form : Form.values()) {
            double time = times.of(form, calls);
            if (gains(time, times.of(usual, calls)) && time < times.of(best, calls)) {
                best = form;
            }
        }
        return best;
    }

    private static boolean gains(double time, double than) {
        return time < than * (1 - MARGIN);
    }

    /** As text, for a file that people read too. */
    public String text() {
        List<String> lines = new ArrayList<>();
        lines.add(
                "# Products of weight matrices on one core, as measured by \"millrace kernels\"; without this file they"
                        + " are made as usual.");
        lines.add("processor: " + processor.model());
        lines.add("instructions: " + processor.instructions());
        lines.add("library: " + processor.library());
        lines.add("# in x out, rows of a product, rows of the matrix: microseconds of forward plain, primitive,"
                + " packed, packing; of backward-input in the same forms; of backward-weight");
        times.forEach((size, t) -> lines.add(String.format(
                Locale.ROOT,
                "%d x %d, %d rows, %s: %s; %s; %.2f",
                size.in(),
                size.out(),
                size.rows(),
                size.padded() ? "padded" : "close",
                text(t.forward()),
                text(t.input()),
                t.weight())));
        return String.join("\n", lines) + "\n";
    }

    private static String text(ProductTimes.OfForms times) {
        return String.format(
                Locale.ROOT, "%.2f %.2f %.2f %.2f", times.plain(), times.primitive(), times.packed(), times.packing());
    }

    /**
     * From {@link #text}.
     *
     * @throws IllegalArgumentException when a line is not as it was written: names it
     */
    public static KernelTable parse(String text) {
        return KernelTableText.parse(text);
    }
}
