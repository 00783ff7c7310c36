package millrace.acceptance.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The classes that processes of these tests load, as an archive of the JVM: with it they and their nodes start in three
 * quarters of the processor time (docs/decisions/warm-start.md). It is made when the first process is started, once for a
 * build. Where Millrace is on the class path in folders there is none, as only classes of jars can be in an archive.
 */
final class ClassArchive {
    private static final List<Path> CLASS_PATH = Stream.of(
                    System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .toList();

    /** Jars come first: what an archive was made with must be the beginning of the class path. */
    private static final List<Path> JARS =
            CLASS_PATH.stream().filter(Files::isRegularFile).toList();

    private static final Path ARCHIVE = Path.of("target", "warm.jsa").toAbsolutePath();
    private static final boolean MADE = isPossible() && (isCurrent() || make());

    private ClassArchive() {}

    /** Options of java, the class path among them. */
    static List<String> options() {
        List<String> options = new ArrayList<>();
        if (MADE) {
            // and nothing of the archive among what the process says
            options.addAll(List.of("-XX:SharedArchiveFile=" + ARCHIVE, "-Xlog:cds=off", "-Xlog:cds+dynamic=off"));
            options.add("-Xlog:aot=off");
        }
        Stream<Path> folders = CLASS_PATH.stream().filter(Files::isDirectory);
        options.addAll(List.of("-cp", joined(Stream.concat(JARS.stream(), folders))));
        return options;
    }

    /** Whether processes have one. */
    static boolean isMade() {
        return MADE;
    }

    private static String joined(Stream<Path> entries) {
        return entries.map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    /** Whether Millrace's own classes are in jars. */
    static boolean isPossible() {
        return JARS.stream().anyMatch(jar -> jar.endsWith("millrace-app.jar"));
    }

    private static boolean isCurrent() {
        try {
            FileTime made = Files.exists(ARCHIVE) ? Files.getLastModifiedTime(ARCHIVE) : FileTime.fromMillis(0);
            for (Path jar : JARS) {
                if (Files.getLastModifiedTime(jar).compareTo(made) >= 0) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean make() {
        try {
            Files.createDirectories(ARCHIVE.getParent());
            Path log = ARCHIVE.resolveSibling("warm.log");
            Path made = ARCHIVE.resolveSibling("warm-new.jsa");
            Files.deleteIfExists(made);
            List<String> command = new ArrayList<>(Command.java());
            command.addAll(List.of("-XX:ArchiveClassesAtExit=" + made, "-cp", joined(JARS.stream())));
            command.add("millrace.app.Rehearsal");
            int status = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start()
                    .waitFor();
            if (status != 0 || !Files.exists(made)) {
                return false;
            }
            Files.move(made, ARCHIVE, StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
