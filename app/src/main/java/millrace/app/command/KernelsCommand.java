package millrace.app.command;

import com.typesafe.config.Config;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import millrace.actors.plan.Start;
import millrace.app.config.RunSetup;
import millrace.app.study.KernelReport;
import millrace.nn.backend.Backend;
import millrace.nn.choice.KernelTable;
import millrace.nn.choice.KernelTable.Demand;
import millrace.nn.choice.KernelTable.Size;
import millrace.nn.choice.KernelTableFile;
import millrace.nn.choice.ProductTimer;
import millrace.nn.model.TrainingSpec;
import millrace.nn.model.WeightMatrices;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kernels}: measures the products of weight matrices on this processor, and keeps what it finds. */
@Command(
        name = "kernels",
        description =
                "Measures how fast this processor multiplies weight matrices in each way that there is, prints it, and"
                        + " keeps it: runs that begin on this machine then take the fastest ways. Let the machine be idle meanwhile.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace kernels                     for the networks whose speed is told in the README",
            "  millrace kernels run.conf            for a network of your own",
            "  millrace kernels --show              what was measured"
        })
public final class KernelsCommand implements Callable<Integer> {
    private static final List<String> USUAL =
            List.of("mlp-mnist", "mlp-deep", "mlp-wide", "cnn", "gpt-tiny", "lstm-char");

    @Parameters(
            arity = "0..*",
            paramLabel = "PRESET|FILE",
            description =
                    "presets or run files whose networks are measured (default: mlp-mnist, mlp-deep, mlp-wide, cnn,"
                            + " gpt-tiny and lstm-char)")
    private List<String> networks = List.of();

    @Mixin
    private GivenSettings settings = new GivenSettings();

    @Option(
            names = "--micro-batches",
            split = ",",
            paramLabel = "N",
            description = "micro-batches that batches may be cut into, on which the rows of products depend (default:"
                    + " 1,2,4,8,16)")
    private List<Integer> microBatches = List.of(1, 2, 4, 8, 16);

    @Option(
            names = "--again",
            description = "measure again what was measured before; runs that have begun stay as they are")
    private boolean again;

    @Option(names = "--show", description = "measure nothing, print what was measured before")
    private boolean show;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        ProductTimer timer = Backend.fast()
                .timer()
                .orElseThrow(() ->
                        new IllegalArgumentException("kernels: " + Backend.fast() + " (expected: oneDNN, which is not"
                                + " there for this platform); there is one way to multiply, and nothing to measure"));
        KernelTableFile file = KernelTableFile.of(timer.processor());
        KernelTable table = file.read(problem -> {
                    output.err().println("warning: " + problem);
                    output.err().flush();
                })
                .orElseGet(() -> KernelTable.of(timer.processor()));
        KernelReport report = new KernelReport(timer, output.out(), output.json());
        if (show) {
            report.all(table, file.path());
            return 0;
        }
        List<Demand> demands = demands();
        SortedSet<Size> sizes = sizes(demands);
        if (!again) {
            sizes.removeAll(table.times().keySet());
        }
        report.begins(sizes.size());
        for (Size size : sizes) {
            table = table.with(size, timer.measure(size));
            report.measured(table, size);
            // what is measured by now is kept if somebody ends it
            file.write(table);
        }
        report.chosen(table, demands);
        PrintWriter out = output.out();
        if (!output.json()) {
            out.println("kept in " + file.path());
        }
        out.flush();
        return 0;
    }

    private List<Demand> demands() {
        List<Demand> demands = new ArrayList<>();
        for (String network : networks.isEmpty() ? USUAL : networks) {
            Config config = settings.resolve(network, Map.of("training.kernels", "usual"));
            // the data decides the sizes of the first and the last matrix
            TrainingSpec spec = RunSetup.of(config).plan(Start.FRESH).spec();
            for (int count : microBatches) {
                if (count < 1) {
                    throw new IllegalArgumentException("--micro-batches: " + count + " (expected: 1 or more)");
                }
                // a batch that is smaller than that has none of these
                if (count <= spec.batch()) {
                    int samples = (spec.batch() + count - 1) / count;
                    demands.addAll(WeightMatrices.of(spec.model(), samples, new TreeSet<>(List.of(1, count))));
                }
            }
        }
        return demands.stream().distinct().toList();
    }

    private static SortedSet<Size> sizes(List<Demand> demands) {
        SortedSet<Size> sizes = new TreeSet<>();
        for (Demand demand : demands) {
            for (boolean padded : new boolean[] {false, true}) {
                sizes.add(new Size(demand.in(), demand.out(), Size.rowsNear(demand.rows()), padded));
            }
        }
        return sizes;
    }
}
