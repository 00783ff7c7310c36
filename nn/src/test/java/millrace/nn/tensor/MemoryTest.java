package millrace.nn.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryTest {
    private static final long SMALL_PAGE_KB = 4;
    private static final long BLOCK = 8L << 20;

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1000, (2 << 18) - 1, 2 << 18, (2 << 18) + 1, 3_000_000})
    void isZeroedAlignedAndAsLargeAsAskedFor(long elements) {
        MemorySegment block;
        try (Arena arena = Arena.ofConfined()) {
            block = Memory.allocate(arena, elements);
            assertThat(block.byteSize()).isEqualTo(4 * elements);
            assertThat(block.address() % Memory.ALIGNMENT).isZero();
            assertThat(block.mismatch(arena.allocate(4 * elements))).isEqualTo(-1);
            block.fill((byte) 1);
            assertThat(Memory.allocate(arena, elements).mismatch(arena.allocate(4 * elements)))
                    .isEqualTo(-1);
        }
        assertThatIllegalStateException().isThrownBy(() -> block.fill((byte) 0)).withMessageContaining("closed");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void largeBlocksTakeNoPageBeforeTheyAreWrittenAndThenHugeOnes() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = Memory.allocate(arena, BLOCK / Float.BYTES);
            // what is there already would stay in small pages
            assertThat(kilobytes(block, "Rss:")).isZero();
            block.set(ValueLayout.JAVA_FLOAT, BLOCK / 2, 1);
            long taken = kilobytes(block, "Rss:");
            if (Files.readString(Path.of("/sys/kernel/mm/transparent_hugepage/enabled"))
                    .contains("[never]")) {
                assertThat(taken).isEqualTo(SMALL_PAGE_KB);
            } else {
                // or a small one, where the system has no huge page left
                assertThat(taken).isIn(HugePages.SIZE >> 10, SMALL_PAGE_KB);
                assertThat(kilobytes(block, "AnonHugePages:")).isEqualTo(taken == SMALL_PAGE_KB ? 0 : taken);
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void tooLargeABlockIsAnErrorOfMemory() {
        try (Arena arena = Arena.ofConfined()) {
            assertThatExceptionOfType(OutOfMemoryError.class)
                    .isThrownBy(() -> Memory.allocate(arena, 1L << 58))
                    .withMessageContaining("Cannot map");
        }
    }

    /** What the system says of the mapping that a block begins in. */
    private static long kilobytes(MemorySegment block, String what) throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
        boolean here = false;
        for (String line : lines) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                String[] range = line.substring(0, line.indexOf(' ')).split("-", -1);
                here = Long.parseUnsignedLong(range[0], 16) <= block.address()
                        && block.address() < Long.parseUnsignedLong(range[1], 16);
            } else if (here && line.startsWith(what)) {
                return Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        throw new AssertionError("no mapping at " + block);
    }
}
