package millrace.app.output.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against bytes that TensorBoard's own classes wrote (make_events.py). */
class EventFileTest {
    private static final double START = 1_700_000_000.25;

    @TempDir
    private Path folder = Path.of("");

    private double now = START;

    @Test
    void everyByteIsAsTensorBoardWritesIt() throws IOException {
        Path path = folder.resolve("events");
        try (EventFile file = new EventFile(path, () -> now)) {
            now = START + 1;
            file.restart(30);
            now = START + 2;
            file.scalar(1, "train/loss", 2.302585);
            file.scalar(300, "train/lr", 0);
            file.scalar(70_000, "größe", -1e-8);
            now = START + 3;
            file.histogram(
                    938,
                    "weights/0.weight",
                    new Histogram(-1.5, 2.5, 4, 0, 9.75, List.of(-0.5, 0.5, 2.5), List.of(2.0, 0.0, 2.0)));
        }

        try (InputStream golden = Objects.requireNonNull(EventFileTest.class.getResourceAsStream("events.golden"))) {
            assertThat(Files.readAllBytes(path)).isEqualTo(golden.readAllBytes());
        }
    }

    @Test
    void filesOfTheSameSecondHaveDifferentNames() throws IOException {
        for (int i = 0; i < 3; i++) {
            EventFile.in(folder, "host", () -> START).close();
        }
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "events.out.tfevents.1700000000.host",
                            "events.out.tfevents.1700000000.host.1",
                            "events.out.tfevents.1700000000.host.2");
        }
    }
}
