package millrace.nn.tensor;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Off-heap allocation as every kernel here expects it: zeroed and aligned to a cache line. Large blocks ask Linux for
 * huge pages: a product that walks down the columns of a weight matrix touches a page a row, and with pages of 4 KiB
 * it waits for address translation (docs/decisions/onednn.md).
 */
public final class Memory {
    /** A cache line, and the width of the widest vector register. */
    public static final int ALIGNMENT = 64;

    private static final long HUGE_PAGE = 2L << 20;
    private static final int MADV_HUGEPAGE = 14;
    private static final @Nullable MethodHandle MADVISE = madvise();

    private Memory() {}

    /** Zeroed memory for {@code elements} values of four bytes. */
    public static MemorySegment allocate(Arena arena, long elements) {
        long bytes = elements * ElementType.BYTES;
        if (MADVISE == null || bytes < HUGE_PAGE) {
            return arena.allocate(bytes, ALIGNMENT);
        }
        // whole huge pages: the kernel cannot use one for a part
        long whole = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
        MemorySegment block = arena.allocate(whole, HUGE_PAGE);
        try {
            // advice only: where it is refused the memory is as good, just slower
            int _ = (int) MADVISE.invokeExact(block, whole, MADV_HUGEPAGE);
        } catch (Throwable t) {
            throw new IllegalStateException("madvise could not be called", t);
        }
        return block.asSlice(0, bytes);
    }

    @SuppressWarnings("restricted") // one call of the C library
    private static @Nullable MethodHandle madvise() {
        if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")) {
            return null;
        }
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find("madvise")
                .map(address ->
                        linker.downcallHandle(address, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT)))
                .orElse(null);
    }
}
