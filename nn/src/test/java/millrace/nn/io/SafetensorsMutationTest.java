package millrace.nn.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Random;
import java.util.SequencedMap;
import java.util.stream.LongStream;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A damaged file is read, where the damage is within a value, or refused in one line: nothing else. */
class SafetensorsMutationTest {
    private static final int MUTATIONS = 50;
    private static final String TELLING_BYTES = "{}[]\",:\\u0123456789-.eE \n\u0000";

    @TempDir
    Path folder;

    private byte[] valid = {};

    static LongStream seeds() {
        return LongStream.range(0, 20);
    }

    @BeforeEach
    void makeValidFile() throws IOException {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("0.weight", Tensor.of(Arena.ofAuto(), Shape.of(2, 3), 1, 2, 3, 4, 5, 6));
        tensors.put("labels", Tensor.labels(Arena.ofAuto(), 1, 2, 3));
        tensors.put("empty", Tensor.of(Arena.ofAuto(), Shape.of(0, 7)));
        tensors.put("scalar", Tensor.of(Arena.ofAuto(), Shape.of(), 9));
        SequencedMap<String, String> metadata = new LinkedHashMap<>();
        metadata.put("größe", "a \"b\"\n\u0001\ud83d\ude86");
        Path file = folder.resolve("valid.safetensors");
        Safetensors.write(file, tensors, metadata);
        valid = Files.readAllBytes(file);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void flippedBit(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] bytes = valid.clone();
            int at = random.nextInt(bytes.length);
            bytes[at] = (byte) (bytes[at] ^ (1 << random.nextInt(Byte.SIZE)));
            assertReadOrRefused(bytes, "seed " + seed + ", mutation " + i + ", byte " + at);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void replacedBytesOfTheHeader(long seed) throws IOException {
        Random random = new Random(seed);
        int header = RawFile.header(valid).length();
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] bytes = valid.clone();
            for (int n = random.nextInt(3); n >= 0; n--) {
                char replacement = TELLING_BYTES.charAt(random.nextInt(TELLING_BYTES.length()));
                bytes[Long.BYTES + random.nextInt(header)] = (byte) replacement;
            }
            assertReadOrRefused(bytes, "seed " + seed + ", mutation " + i);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void damagedLength(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] bytes = valid.clone();
            bytes[random.nextInt(random.nextBoolean() ? 2 : Long.BYTES)] = (byte) random.nextInt();
            assertReadOrRefused(bytes, "seed " + seed + ", mutation " + i);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void otherLength(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < MUTATIONS; i++) {
            int length = random.nextInt(valid.length + Long.BYTES);
            Throwable thrown = readThrows(Arrays.copyOf(valid, length));
            String description = "seed " + seed + ", length " + length + " of " + valid.length;
            if (length == valid.length) {
                assertThat(thrown).as(description).isNull();
            } else {
                assertRefused(thrown, description);
            }
        }
    }

    private void assertReadOrRefused(byte[] bytes, String description) throws IOException {
        Throwable thrown = readThrows(bytes);
        if (thrown != null) {
            assertRefused(thrown, description);
        }
    }

    private void assertRefused(Throwable thrown, String description) {
        assertThat(thrown).as(description).isInstanceOf(IllegalArgumentException.class);
        assertThat(thrown.getMessage())
                .as(description)
                .startsWith(folder.toString())
                .hasLineCount(1)
                .containsPattern("\\(expected: .+\\); .+");
    }

    private Throwable readThrows(byte[] bytes) throws IOException {
        Path file = RawFile.write(folder, bytes);
        return catchThrowable(() -> Safetensors.read(file));
    }
}
