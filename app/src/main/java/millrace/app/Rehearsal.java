package millrace.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        } finally {
            delete(folder);
        }
        System.exit(status);
    }

    /** In one process, on two nodes, on two of which one crashes, and what only reads and draws. */
    private static List<List<String>> commands(Path runs) {
        List<String> train = List.of("train", "digits", "-D", "checkpoint.folder=\"" + runs + "\"", "--seed", "1");
        return List.of(
                with(train, "--steps", "60"),
                with(train, "--steps", "20", "--simulate-cluster", "2", "--json"),
                with(train, CRASH.split(" ")),
                List.of("simulate", "1f1b", "--ranks", "2", "--micro-batches", "4"),
                List.of("presets"));
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
