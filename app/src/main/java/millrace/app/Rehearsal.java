package millrace.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Runs small commands for the sake of the classes that they load: a JVM that is told so ({@code -XX:ArchiveClassesAtExit})
 * writes these into an archive when it ends, and the JVMs that are given the archive start in less
 * processor time. The launcher does it once for a build (docs/decisions/warm-start.md).
 *
 * <p>It needs no network, and leaves nothing but the archive.
 */
public final class Rehearsal {
    // what recovers must not be read from the disk class by class when somebody waits for it
    private static final String CRASH = "--steps 60 --simulate-cluster 2 --ranks 1 --replicas 2 --schedule 1f1b"
            + " --micro-batches 2 --json --chaos kill-worker=1@step10";

    // what cluster and connections do then is the same as when a machine is lost
    private static final String KILLED =
            "--steps 3000 --epochs 999 --processes 2 --ranks 1 --replicas 2 --schedule 1f1b"
                    + " --micro-batches 2 --json";

    private static final Duration GLANCE = Duration.ofMillis(100);

    private Rehearsal() {}

    /** Ends with status 0 when all commands have succeeded; what they say is for the log of who calls it. */
    public static void main(String[] arguments) throws IOException {
        Locale.setDefault(Locale.ROOT);
        Path folder = Files.createTempDirectory("millrace-rehearsal");
        System.setProperty("millrace.state", folder.resolve("state").toString());
        int status = 0;
        try {
            for (List<String> command : commands(folder.resolve("runs"))) {
                status = Math.max(status, Main.commandLine().execute(command.toArray(String[]::new)));
            }
            status = Math.max(status, killed(folder.resolve("killed")));
        } finally {
            delete(folder);
        }
        System.exit(status);
    }

    /** In one process, on two nodes, on two of which one crashes, and what only reads and draws. */
    private static List<List<String>> commands(Path runs) {
        List<String> train = train(runs);
        return List.of(
                with(train, "--steps", "60"),
                with(train, "--steps", "20", "--simulate-cluster", "2", "--json"),
                with(train, CRASH.split(" ")),
                List.of("simulate", "1f1b", "--ranks", "2", "--micro-batches", "4"),
                List.of("presets"));
    }

    /** On two processes of which one is killed. */
    private static int killed(Path runs) {
        Thread.ofPlatform().daemon().start(() -> killOne(runs));
        return Main.commandLine().execute(with(train(runs), KILLED.split(" ")).toArray(String[]::new));
    }

    private static void killOne(Path runs) {
        try {
            while (!isUnderWay(runs)) {
                Thread.sleep(GLANCE);
            }
        } catch (InterruptedException _) {
            return;
        }
        ProcessHandle.current().children().reduce((_, last) -> last).ifPresent(ProcessHandle::destroyForcibly);
    }

    /** Whether there is a checkpoint: its run has made steps by then. */
    private static boolean isUnderWay(Path runs) {
        if (!Files.isDirectory(runs)) {
            return false;
        }
        try (Stream<Path> all = Files.walk(runs)) {
            return all.anyMatch(file -> file.endsWith("manifest.textproto"));
        } catch (IOException | UncheckedIOException _) {
            // it is being written
            return false;
        }
    }

    private static List<String> train(Path runs) {
        return List.of("train", "digits", "-D", "checkpoint.folder=\"" + runs + "\"", "--seed", "1");
    }

    private static List<String> with(List<String> words, String... more) {
        List<String> all = new ArrayList<>(words);
        all.addAll(List.of(more));
        return all;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).forEach(Rehearsal::deleteOne);
        }
    }

    private static void deleteOne(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
