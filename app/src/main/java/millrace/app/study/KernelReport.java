package millrace.app.study;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.nn.choice.KernelChoices;
import millrace.nn.choice.KernelTable;
import millrace.nn.choice.KernelTable.Demand;
import millrace.nn.choice.KernelTable.Size;
import millrace.nn.choice.ProductTimer;
import millrace.nn.choice.ProductTimes;

/** Tells what was measured of the products of weight matrices, and which of them runs take. */
public final class KernelReport {
    private final ProductTimer timer;
    private final PrintWriter out;
    private final boolean json;

    /**
     * @param timer of this processor
     * @param json whether each size and each choice is told as a line of JSON
     */
    public KernelReport(ProductTimer timer, PrintWriter out, boolean json) {
        this.timer = timer;
        this.out = out;
        this.json = json;
    }

    /** What is about to be measured. */
    public void begins(int sizes) {
        if (!json) {
            out.println(timer.processor());
            out.println(
                    sizes == 0
                            ? "everything was measured before; --again measures it once more"
                            : sizes
                                    + " sizes are measured, about a second each; forward and backward-input in GFLOP/s plain, by the"
                                    + " primitive, and packed, with what packing takes, backward-weight in GFLOP/s");
            out.flush();
        }
    }

    /** One size, as soon as it is measured. */
    public void measured(KernelTable table, Size size) {
        ProductTimes times = table.of(size).orElseThrow();
        if (json) {
            out.println(line(size, times));
        } else {
            List<String> cells = cells(size, times);
            out.println(String.format(Locale.ROOT, "%-28s %14s %12s %20s %12s %6s", cells.toArray()));
        }
        out.flush();
    }

    /** Everything that was measured, and where that is kept. */
    public void all(KernelTable table, Path file) {
        if (json) {
            table.times().forEach((size, times) -> out.println(line(size, times)));
        } else {
            Table text = new Table()
                    .row(
                            "matrix, rows of products",
                            "forward",
                            "packing",
                            "backward-input",
                            "packing",
                            "backward-weight");
            table.times().forEach((size, times) -> text.row(cells(size, times).toArray()));
            out.println(table.processor());
            if (table.times().isEmpty()) {
                out.println("nothing was measured; millrace kernels measures");
            } else {
                out.println(text);
                out.println("GFLOP/s plain, by the primitive, packed; kept in " + file);
            }
        }
        out.flush();
    }

    /** What runs with such matrices take. */
    public void chosen(KernelTable table, List<Demand> demands) {
        KernelTable.Usual usual = timer.usual();
        if (!json) {
            out.println("chosen, where not as usual:");
        }
        for (Demand demand : demands) {
            KernelChoices.Use use = new KernelChoices.Use(demand.in(), demand.out(), demand.forwards());
            timer.choices(table, List.of(demand)).choices().forEach((_, choice) -> {
                boolean differs = !choice.equals(usual.of(demand.in(), demand.out(), demand.forwards()));
                if (json) {
                    out.println(JsonLine.event("kernels")
                            .put("in", demand.in())
                            .put("out", demand.out())
                            .put("rows", demand.rows())
                            .put("forwards", demand.forwards())
                            .put("choice", choice.toString())
                            .put("usual", !differs));
                } else if (differs) {
                    out.println("  " + use + ", " + demand.rows() + " rows: " + choice);
                }
            });
        }
        out.flush();
    }

    private static List<String> cells(Size size, ProductTimes times) {
        return List.of(
                size.in() + " x " + size.out() + (size.padded() ? " padded, " : " close, ") + size.rows(),
                rates(size, times.forward()),
                millis(times.forward().packing()),
                rates(size, times.input()),
                millis(times.input().packing()),
                rate(size, times.weight()));
    }

    private static String rates(Size size, ProductTimes.OfForms times) {
        return rate(size, times.plain()) + ", " + rate(size, times.primitive()) + ", " + rate(size, times.packed());
    }

    private static String rate(Size size, double micros) {
        return String.format(Locale.ROOT, "%.0f", gigaflops(size, micros));
    }

    private static double gigaflops(Size size, double micros) {
        return 2.0 * size.in() * size.out() * size.rows() / micros / 1e3;
    }

    private static String millis(double micros) {
        return String.format(Locale.ROOT, "%.2f ms", micros / 1e3);
    }

    private static JsonLine line(Size size, ProductTimes times) {
        return JsonLine.event("product")
                .put("in", size.in())
                .put("out", size.out())
                .put("rows", size.rows())
                .put("padded", size.padded())
                .put("forward_us", times.forward().plain())
                .put("forward_primitive_us", times.forward().primitive())
                .put("forward_packed_us", times.forward().packed())
                .put("forward_packing_us", times.forward().packing())
                .put("backward_input_us", times.input().plain())
                .put("backward_input_primitive_us", times.input().primitive())
                .put("backward_input_packed_us", times.input().packed())
                .put("backward_input_packing_us", times.input().packing())
                .put("backward_weight_us", times.weight())
                .put("forward_gflops", gigaflops(size, times.forward().plain()));
    }
}
