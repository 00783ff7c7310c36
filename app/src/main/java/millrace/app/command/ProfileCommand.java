package millrace.app.command;

import com.typesafe.config.Config;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import millrace.app.config.MemorySize;
import millrace.app.config.ProfileFile;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.app.picture.PictureFile;
import millrace.app.study.LayerProfiler;
import millrace.schedule.auto.LayerProfile;
import millrace.schedule.auto.LayerProfile.Size;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code profile}: what a network takes and holds, layer by layer. */
@Command(
        name = "profile",
        description =
                "Measures how long each layer of a network takes on this machine and what it holds, for several sizes of micro-batches:"
                        + " what plan plans with. Let the machine be idle meanwhile.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  millrace profile gpt-tiny --sizes 4,8,16 --out gpt-tiny.json"})
public final class ProfileCommand implements Callable<Integer> {
    @Parameters(paramLabel = "PRESET|FILE", description = "whose network is measured, on random samples")
    private String workload = "";

    @Mixin
    private GivenSettings settings = new GivenSettings();

    @Option(
            names = "--sizes",
            split = ",",
            paramLabel = "N",
            description =
                    "samples of a micro-batch, one size or several (default: the batch in 1, 2, 4, 8, 16 and 32 parts)")
    private List<Integer> sizes = List.of();

    @Option(names = "--batch", paramLabel = "B", description = "samples from one optimizer step to the next")
    private @Nullable Integer batch;

    @Option(
            names = "--ranks",
            paramLabel = "P",
            description = "ranks that are to work at the same time on this machine (default: number of cores)")
    private @Nullable Integer ranks;

    @Option(names = "--text", paramLabel = "FILE", description = "a text file in UTF-8, for networks that read texts")
    private @Nullable String text;

    @Option(names = "--out", paramLabel = "FILE.json", description = "where the profile is written")
    private @Nullable Path file;

    @Mixin
    private OutputOptions output = new OutputOptions();

    private final Interrupts interrupts = new Interrupts(output);

    @Override
    public Integer call() {
        Map<String, Object> more = new HashMap<>();
        LineOptions.put(more, "training.batch", batch);
        LineOptions.put(more, "data.text", text);
        Config config = settings.resolve(workload, more);
        if (file != null) {
            PictureFile.requireText(file);
        }
        int together = Optional.ofNullable(ranks).orElse(Runtime.getRuntime().availableProcessors());
        if (together < 1) {
            throw new IllegalArgumentException("--ranks: " + together + " (expected: 1 or more)");
        }
        SortedSet<Integer> measured = sizes.isEmpty() ? LayerProfiler.usualSizes(config) : new TreeSet<>(sizes);
        try (interrupts) {
            interrupts.listen();
            Optional<ProfileFile> found =
                    LayerProfiler.measure(config, measured, together, this::progress, interrupts::call);
            if (found.isEmpty()) {
                return interrupts.status();
            }
            tell(found.get());
            if (file != null) {
                PictureFile.writeText(file, found.get().text());
            }
            return 0;
        }
    }

    private void progress(String what) {
        if (!output.json()) {
            output.err().println("measuring: " + what);
            output.err().flush();
        }
    }

    private void tell(ProfileFile found) {
        PrintWriter out = output.out();
        if (output.json()) {
            out.println(JsonLine.event("profile")
                    .put("network", found.network().orElse(null))
                    .put("action_overhead_s", found.profile().actionOverhead())
                    .put("hop_s", found.profile().link().latency()));
        }
        Table table = new Table()
                .row("layer", "weights", "samples", "F ms", "B ms", "I ms", "W ms", "step ms", "kept", "beside");
        for (LayerProfile layer : found.profile().layers()) {
            for (Size size : layer.sizes()) {
                if (output.json()) {
                    out.println(JsonLine.event("layer")
                            .put("layer", layer.name())
                            .put("weight_bytes", layer.weightBytes())
                            .put("samples", size.samples())
                            .put("forward_s", size.forward())
                            .put("backward_s", size.backward())
                            .put("backward_input_s", size.backwardInput())
                            .put("backward_weight_s", size.backwardWeight())
                            .put("step_s", size.step())
                            .put("kept_bytes", size.keptBytes())
                            .put("input_bytes", size.inputBytes())
                            .put("work_bytes", size.workBytes())
                            .put("boundary_bytes", size.boundaryBytes()));
                } else {
                    table.row(
                            layer.name(),
                            MemorySize.text(layer.weightBytes()),
                            size.samples(),
                            milliseconds(size.forward()),
                            milliseconds(size.backward()),
                            milliseconds(size.backwardInput()),
                            milliseconds(size.backwardWeight()),
                            milliseconds(size.step()),
                            MemorySize.text(size.keptBytes()),
                            MemorySize.text(size.workBytes()));
                }
            }
        }
        if (!output.json()) {
            out.println(table);
            out.println(String.format(
                    Locale.ROOT,
                    "%.1f us beside an action, %.1f us from rank to rank",
                    1e6 * found.profile().actionOverhead(),
                    1e6 * found.profile().link().latency()));
        }
        out.flush();
    }

    private static String milliseconds(double seconds) {
        return String.format(Locale.ROOT, "%.3f", 1e3 * seconds);
    }
}
