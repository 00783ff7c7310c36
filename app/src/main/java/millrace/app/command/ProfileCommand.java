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
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import millrace.app.config.MemorySize;
import millrace.app.config.ProfileFile;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.app.picture.PictureFile;
import millrace.app.study.LayerProfiler;
import millrace.app.study.PlannedNetwork;
import millrace.app.study.TraceImport;
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
        footer = {
            "",
            "Examples:",
            "  millrace profile gpt-tiny --sizes 4,8,16 --out gpt-tiny.json",
            "  millrace profile --import rank0.json.gz,rank1.json.gz --samples 8 --out elsewhere.json"
        })
public final class ProfileCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..1",
            paramLabel = "PRESET|FILE",
            description = "whose network is measured, on random samples; not needed with --import")
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

    @Option(
            names = "--import",
            split = ",",
            paramLabel = "TRACE.json",
            description =
                    "instead of measuring, read traces of a pipeline that was trained elsewhere, as torch's profiler writes them (.json or"
                            + " .json.gz, one of each process): each stage becomes a layer")
    private List<Path> traces = List.of();

    @Option(names = "--samples", paramLabel = "N", description = "with --import: samples of a micro-batch of that run")
    private @Nullable Integer samples;

    @Option(
            names = "--events",
            paramLabel = "PATTERN",
            description =
                    "with --import: a regular expression for the names of actions, with the groups (?<stage>...) and (?<kind>...), F, B,"
                            + " I or W (default: names like 2F0 and PP:2F0)")
    private @Nullable String events;

    @Mixin
    private OutputOptions output = new OutputOptions();

    private final Interrupts interrupts = new Interrupts(output);

    @Override
    public Integer call() {
        return traces.isEmpty() ? measured() : imported();
    }

    private int imported() {
        String other = !workload.isEmpty()
                ? workload
                : !sizes.isEmpty()
                        ? "--sizes"
                        : batch != null ? "--batch" : ranks != null ? "--ranks" : text != null ? "--text" : null;
        if (other != null) {
            throw new IllegalArgumentException(
                    other + ": with --import (expected: traces alone, nothing is measured); leave it out");
        }
        settings.requireNone(key -> true, "no settings of a run beside --import");
        if (samples == null || samples < 1) {
            throw new IllegalArgumentException("--samples: " + (samples == null ? "nothing" : samples)
                    + " (expected: 1 or more, the samples of a micro-batch of the run that was traced)");
        }
        if (file != null) {
            PictureFile.requireText(file);
        }
        return told(TraceImport.read(traces, samples, names()));
    }

    private Pattern names() {
        if (events == null) {
            return TraceImport.ACTIONS;
        }
        try {
            return Pattern.compile(events);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "--events: " + events + " (expected: a regular expression; " + e.getDescription() + ")", e);
        }
    }

    private int measured() {
        if (samples != null || events != null) {
            throw new IllegalArgumentException(
                    (samples != null ? "--samples" : "--events") + ": without --import (expected: with it)");
        }
        if (workload.isEmpty()) {
            throw new IllegalArgumentException(
                    "PRESET|FILE: nothing (expected: a network to be measured, or --import with traces)");
        }
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
        PlannedNetwork network = PlannedNetwork.of(config);
        SortedSet<Integer> measured = sizes.isEmpty() ? network.usualSizes() : new TreeSet<>(sizes);
        try (interrupts) {
            interrupts.listen();
            Optional<ProfileFile> found = LayerProfiler.measure(
                    network, measured, together, what -> output.say("measuring: " + what), interrupts::call);
            return found.map(this::told).orElseGet(interrupts::status);
        }
    }

    private int told(ProfileFile profile) {
        tell(profile);
        if (file != null) {
            PictureFile.writeText(file, profile.text());
        }
        return 0;
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
                            .put("kept_for_weight_bytes", size.keptForWeightBytes())
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
