package millrace.app.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CheckedOutputTest {
    /** A disk with room for so many bytes. */
    private static final class Disk extends OutputStream {
        private final ByteArrayOutputStream written = new ByteArrayOutputStream();
        private final int room;
        private final String failure;

        Disk(int room, String failure) {
            this.room = room;
            this.failure = failure;
        }

        @Override
        public void write(int b) throws IOException {
            if (written.size() == room) {
                throw new IOException(failure);
            }
            written.write(b);
        }
    }

    /** Texts of any length on disks of any room: what does not fit is told at the next flush, and at every one after. */
    @Test
    void whatHasNotArrivedIsTold() {
        for (long seed = 1; seed <= 200; seed++) {
            Random random = new Random(seed);
            String text = "ä%d\n".formatted(seed).repeat(random.nextInt(4000));
            int bytes = text.getBytes(StandardCharsets.UTF_8).length;
            int room = random.nextInt(20_000);
            Disk disk = new Disk(room, "No space left on device");
            CheckedOutput out = CheckedOutput.to(disk, StandardCharsets.UTF_8);

            text.lines().forEach(line -> out.print(line + "\n"));

            if (bytes <= room) {
                assertThatNoException().as("seed %d", seed).isThrownBy(out::flush);
                assertThat(disk.written.toString(StandardCharsets.UTF_8))
                        .as("seed %d", seed)
                        .isEqualTo(text);
            } else {
                for (int time = 0; time < 2; time++) {
                    assertThatExceptionOfType(OutputLost.class)
                            .as("seed %d", seed)
                            .isThrownBy(out::flush)
                            .withMessage("standard output: No space left on device")
                            .matches(lost -> !lost.isClosedPipe());
                }
            }
        }
    }

    @Test
    void aClosedPipeIsKnown() {
        CheckedOutput out = CheckedOutput.to(new Disk(0, "Broken pipe"), StandardCharsets.UTF_8);

        out.println("text");

        assertThatExceptionOfType(OutputLost.class).isThrownBy(out::flush).matches(OutputLost::isClosedPipe);
    }
}
