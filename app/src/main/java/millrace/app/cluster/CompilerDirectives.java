package millrace.app.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Tells the JVM of a node to leave Akka, Protobuf and what they stand on to the quick compiler. Stages compute in
 * oneDNN and in our own vector loops; the rest costs them little, but the optimizing compiler works on it for minutes,
 * and on a node with as many stages as cores it takes the time from them (docs/decisions/cluster.md).
 */
public final class CompilerDirectives {
    private static final AtomicBoolean GIVEN = new AtomicBoolean();

    private CompilerDirectives() {}

    /** Gives the directives, once for a JVM; where the JVM takes none, nothing happens. */
    public static void give() {
        if (GIVEN.getAndSet(true)) {
            return;
        }
        try {
            Path file = Files.createTempFile("millrace-compiler", ".json");
            try {
                try (InputStream directives = Objects.requireNonNull(
                        CompilerDirectives.class.getResourceAsStream("/millrace/app/compiler-directives.json"))) {
                    Files.copy(directives, file, StandardCopyOption.REPLACE_EXISTING);
                }
                Object _ = ManagementFactory.getPlatformMBeanServer()
                        .invoke(
                                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                "compilerDirectivesAdd",
                                new Object[] {new String[] {file.toString()}},
                                new String[] {String[].class.getName()});
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (JMException | IOException _) {
            // another JVM, or no place for a file: it is only slower
        }
    }
}
