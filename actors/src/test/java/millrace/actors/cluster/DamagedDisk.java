package millrace.actors.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Spoils what checkpoints have on the disk: who reads it from then on is found out. */
final class DamagedDisk {
    private DamagedDisk() {}

    /** Leaves one byte of each file of weights in a folder, and in those within. */
    static void damage(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".safetensors"))
                    .toList()) {
                Files.write(file, new byte[] {1});
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
