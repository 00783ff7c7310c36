package millrace.app.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import millrace.actors.node.ClusterNode;

/**
 * Nodes as processes of this machine, started with this process's own JVM and options. They go on without it should it
 * be killed, and end when the run does.
 */
public final class NodeProcesses implements Nodes {
    private static final Pattern ADDRESS = Pattern.compile("\"address\":\"([^\"]+)\"");
    private static final long START_SECONDS = 120;

    /**
     * What the nodes of one command, and the command itself, are set by besides. They are on one machine: there is no cable to
     * be cut, and whether a process has ended is asked of the operating system. One that is only silent is busy, as when all of
     * them start on few cores; the split brain resolver would take it out, or all of them where heartbeats come and go. So it waits
     * long. That one has ended is known for certain, so its place is taken at once.
     */
    private static final Config PATIENT = ConfigFactory.parseMap(Map.of(
            "akka.cluster.split-brain-resolver.stable-after", "60s",
            "akka.cluster.split-brain-resolver.down-all-when-unstable", "off",
            "akka.cluster.down-removal-margin", "100ms",
            "akka.cluster.gossip-interval", "250ms",
            "akka.cluster.leader-actions-interval", "250ms",
            "akka.cluster.unreachable-nodes-reaper-interval", "250ms"));

    /**
     * Options by which a JVM writes an archive of classes when it ends. The archive is that of this process; nodes that wrote the
     * same file would spoil it.
     */
    private static final Pattern WRITES_ARCHIVE = Pattern.compile(
            "-XX:(ArchiveClassesAtExit|AOTCacheOutput|AOTMode|AOTConfiguration)=.*|-XX:\\+AutoCreateSharedArchive");

    private final List<Running> processes = new ArrayList<>();

    private record Running(Process process, CompletableFuture<String> address) {}

    private NodeProcesses() {}

    /** The settings of a node that a command has started on its own machine, and of that command. */
    public static Config over(Config deployment) {
        return PATIENT.withFallback(ownFiles(deployment));
    }

    /** Nodes of the command's own machine and user: whatever it can read they can too, so nothing is fetched. */
    static Config ownFiles(Config deployment) {
        return ConfigFactory.parseMap(Map.of("millrace.data.folders", List.of(".", "/")))
                .withFallback(deployment);
    }

    /**
     * Starts processes and waits until all are there.
     *
     * @param own the node that they join; told when one of them has ended, so that nobody waits for its heartbeats
     * @param folder of the run: for what they write, and the disk of each
     * @throws IllegalStateException when one ends instead of joining
     */
    public static NodeProcesses start(int count, ClusterNode own, Path folder) {
        NodeProcesses nodes = new NodeProcesses();
        Path logs = folder.resolve("logs");
        try {
            Files.createDirectories(logs);
            for (int i = 1; i <= count; i++) {
                nodes.processes.add(started(
                        command(own.address(), folder.resolve("nodes/" + i)), logs.resolve("node-" + i + ".log")));
            }
            for (Running running : nodes.processes) {
                String address = running.address()
                        .orTimeout(START_SECONDS, TimeUnit.SECONDS)
                        .join();
                CompletableFuture<Void> _ = running.process().onExit().thenRun(() -> own.down(address));
            }
            return nodes;
        } catch (IOException e) {
            nodes.close();
            throw new UncheckedIOException("node processes: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            nodes.close();
            throw new IllegalStateException(
                    "node processes: one did not start (expected: an address within " + START_SECONDS
                            + " s); see the logs in " + logs,
                    e);
        }
    }

    private static List<String> command(String join, Path runs) {
        List<String> command = new ArrayList<>();
        // Ctrl-C and a closed terminal are told to all processes of it, and only this one shall act on them
        command.addAll(List.of("sh", "-c", "trap '' INT HUP; exec \"$0\" \"$@\""));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(inherited(ManagementFactory.getRuntimeMXBean().getInputArguments()));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "millrace.app.Main"));
        command.addAll(List.of("node", "--port", "0", "--join", join, "--runs", runs.toString()));
        command.addAll(List.of("--json", "--until-run-ends"));
        return command;
    }

    /** What a node has of this JVM's options: also the archive that it reads classes from, not one that it writes. */
    static List<String> inherited(List<String> options) {
        return options.stream()
                .filter(option -> !WRITES_ARCHIVE.matcher(option).matches())
                .toList();
    }

    private static Running started(List<String> command, Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // its own file has what Akka says too, unless the user wants it elsewhere
        builder.environment().putIfAbsent("MILLRACE_LOG", "-");
        Process process = builder.start();
        CompletableFuture<String> address = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("log " + log.getFileName()).start(() -> copy(process, log, address));
        return new Running(process, address);
    }

    /** Everything goes to the log; the first line that names an address says that the node is there. */
    private static void copy(Process process, Path log, CompletableFuture<String> address) {
        try (BufferedReader lines =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                BufferedWriter file = Files.newBufferedWriter(log)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                file.write(line);
                file.newLine();
                file.flush();
                Matcher matcher = ADDRESS.matcher(line);
                if (matcher.find()) {
                    address.complete(matcher.group(1));
                }
            }
        } catch (IOException _) {
            // the process was killed
        }
        address.completeExceptionally(new IllegalStateException("ended before it had joined"));
    }

    @Override
    public List<Description> describe() {
        return processes.stream()
                .map(running -> new Description(
                        running.address().join(), Optional.of(running.process().pid())))
                .toList();
    }

    @Override
    public void close() {
        // nothing can be lost any more, so they need not take their leave
        processes.forEach(running -> running.process().destroyForcibly());
    }
}
