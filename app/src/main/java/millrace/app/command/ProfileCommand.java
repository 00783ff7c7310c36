package millrace.app.command;

import com.typesafe.config.Config;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import millrace.actors.node.ClusterFigures;
import millrace.app.config.MemorySize;
import millrace.app.config.ProfileFile;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.app.picture.PictureFile;
import millrace.app.study.ClusterProfile;
import millrace.app.study.LayerProfiler;
import millrace.app.study.PlannedNetwork;
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
            "  millrace profile mlp-deep --cluster 10.0.0.1:25520 --host 10.0.0.9 --out cluster.json",
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
            description =
                    "ranks that are to work at the same time on this machine (default: number of cores); with --cluster: ranks of the"
                            + " line on its nodes (default: one on each)")
    private @Nullable Integer ranks;

    @Option(names = "--text", paramLabel = "FILE", description = "a text file in UTF-8, for networks that read texts")
    private @Nullable String text;

    @Option(names = "--out", paramLabel = "FILE.json", description = "where the profile is written")
    private @Nullable Path file;

    @Option(
            names = "--cluster",
            paramLabel = "HOST:PORT",
            split = ",",
            description =
                    "one or more nodes of a cluster: how fast each of its nodes is beside this machine, and what messages between"
                            + " them take, is measured too")
    private List<String> cluster = List.of();

    @Option(
            names = "--host",
            paramLabel = "NAME",
            description = "with --cluster: name or address by which its nodes reach this process (default: 127.0.0.1)")
    private @Nullable String host;

    @Mixin
    private ImportOptions traces = new ImportOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    private final Interrupts interrupts = new Interrupts(output);

    @Override
    public Integer call() {
        return traces.asked() ? imported() : measured();
    }

    private int imported() {
        Map<String, Boolean> others = new LinkedHashMap<>();
        others.put(workload, !workload.isEmpty());
        others.put("--sizes", !sizes.isEmpty());
        others.put("--batch", batch != null);
        others.put("--ranks", ranks != null);
        others.put("--text", text != null);
        others.put("--cluster", !cluster.isEmpty());
        others.put("--host", host != null);
        others.forEach((other, given) -> {
            if (given) {
                throw new IllegalArgumentException(
                        other + ": with --import (expected: traces alone, nothing is measured); leave it out");
            }
        });
        settings.requireNone(key -> true, "no settings of a run beside --import");
        int _ = traces.samples();
        if (file != null) {
            PictureFile.requireText(file);
        }
        return told(traces.read(), Optional.empty());
    }

    private int measured() {
        traces.requireNone();
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
        if (host != null && cluster.isEmpty()) {
            throw new IllegalArgumentException("--host: " + host + " without --cluster (expected: with it)");
        }
        if (ranks != null && ranks < 1) {
            throw new IllegalArgumentException("--ranks: " + ranks + " (expected: 1 or more)");
        }
        PlannedNetwork network = PlannedNetwork.of(config);
        SortedSet<Integer> measured = sizes.isEmpty() ? network.usualSizes() : new TreeSet<>(sizes);
        LayerProfiler.requireSizes(network, measured);
        try (interrupts) {
            interrupts.listen();
            Optional<ClusterProfile> nodes = nodes();
            if (interrupts.isReceived()) {
                return interrupts.status();
            }
            int together = nodes.map(ClusterProfile::figures)
                    .map(ClusterFigures::mostOnANode)
                    .or(() -> Optional.ofNullable(ranks))
                    .orElse(Runtime.getRuntime().availableProcessors());
            Optional<ProfileFile> found =
                    LayerProfiler.measure(network, measured, together, this::progress, interrupts::call);
            return found.map(here -> told(nodes.map(all -> all.on(here)).orElse(here), nodes))
                    .orElseGet(interrupts::status);
        }
    }

    private Optional<ClusterProfile> nodes() {
        if (cluster.isEmpty()) {
            return Optional.empty();
        }
        int wanted = Optional.ofNullable(ranks).orElse(0);
        return ClusterAddress.ask(
                        Objects.requireNonNullElse(host, "127.0.0.1"),
                        cluster,
                        node -> node.measure(wanted, this::progress, interrupts::isReceived))
                .map(ClusterProfile::of);
    }

    private void progress(String what) {
        output.say("measuring: " + what);
    }

    private int told(ProfileFile profile, Optional<ClusterProfile> nodes) {
        tell(profile);
        nodes.ifPresent(this::tell);
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

    private void tell(ClusterProfile nodes) {
        PrintWriter out = output.out();
        if (output.json()) {
            nodes.lines().forEach(out::println);
        } else {
            out.println();
            out.println(nodes.text());
        }
        out.flush();
    }

    private static String milliseconds(double seconds) {
        return String.format(Locale.ROOT, "%.3f", 1e3 * seconds);
    }
}
