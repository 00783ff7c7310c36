package millrace.app.command;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import millrace.app.metrics.Metrics;
import millrace.app.ui.RunFeed;
import millrace.app.ui.RunFeeds;
import millrace.app.ui.UiServer;
import millrace.nn.io.InWords;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ui}: a page with runs that are over, and the playground. */
@Command(
        name = "ui",
        description =
                "Serves a page with runs that are over, side by side, and a playground for schedules, until Ctrl-C. A run is shown by its"
                        + " log, which train writes with --logs jsonl; runs that go on are watched with train --ui.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace ui",
            "  millrace ui runs/mlp-mnist-20261130-101500 runs/mlp-mnist-20261130-102000"
        })
public final class UiCommand implements Callable<Integer> {
    private static final String LOG = "log.jsonl";

    @Parameters(arity = "0..*", paramLabel = "RUN", description = "folders of runs, or of their logs (log.jsonl)")
    private List<Path> runs = List.of();

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8090",
            description = "port of the page, 0 for any free one (default: ${DEFAULT-VALUE})")
    private int port;

    @Option(
            names = "--host",
            paramLabel = "NAME",
            defaultValue = "127.0.0.1",
            description =
                    "name or address of this machine that the page is served at (default: ${DEFAULT-VALUE}, this machine alone)")
    private String host = UiOptions.USUAL_HOST;

    @Mixin
    private OutputOptions output = new OutputOptions();

    private final Interrupts interrupts = new Interrupts(output);

    @Override
    public Integer call() throws InterruptedException {
        RunFeeds feeds = new RunFeeds();
        runs.forEach(run -> feeds.add(read(run)));
        Metrics metrics = new Metrics();
        CountDownLatch end = new CountDownLatch(1);
        UiServer.Site site =
                new UiServer.Site(feeds, new SimulationQuery(), metrics::scrape, () -> true, Optional.empty());
        try (metrics;
                UiServer server = UiOptions.start(host, port, site)) {
            interrupts.call(end::countDown);
            UiOptions.tell(server, output);
            end.await();
        } finally {
            interrupts.close();
        }
        return 0;
    }

    private static RunFeed read(Path run) {
        Path log = Files.isDirectory(run) ? run.resolve(LOG) : run;
        try {
            List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
            Path folder = log.toAbsolutePath().getParent();
            return RunFeed.finished(name(log), settings(folder), lines);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "RUN: " + run + " (expected: a run's folder with " + LOG + ": " + InWords.reason(e)
                            + "); train with --logs jsonl",
                    e);
        }
    }

    private static String name(Path log) {
        Path folder = log.toAbsolutePath().normalize().getParent();
        return String.valueOf(folder == null ? log : folder.getFileName());
    }

    /** Those with which the run was begun, where they lie beside the log. */
    private static Map<String, String> settings(@Nullable Path folder) {
        Path file = folder == null ? Path.of("run.conf") : folder.resolve("run.conf");
        if (!Files.isReadable(file)) {
            return Map.of();
        }
        try {
            Config config = ConfigFactory.parseFile(file.toFile()).resolve();
            return UiOptions.flat(config);
        } catch (ConfigException _) {
            return Map.of();
        }
    }
}
