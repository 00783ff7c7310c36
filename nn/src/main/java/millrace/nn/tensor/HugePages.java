package millrace.nn.tensor;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Memory that is asked of Linux itself. An arena writes zeros to what it allocates, and so takes small pages before anybody can
 * ask for huge ones; mapped memory is zero, and takes its pages when it is first written, after the advice.
 */
final class HugePages {
    /** Bytes of one on processors of today. */
    static final long SIZE = 2L << 20;

    // of sys/mman.h, the same for x86-64 and AArch64
    private static final int READ_AND_WRITE = 1 | 2;
    private static final int PRIVATE_AND_ANONYMOUS = 2 | 32;
    private static final int ADVISE_HUGE_PAGES = 14;
    private static final long FAILED = -1;

    private static final @Nullable Calls CALLS = calls();

    private HugePages() {}

    /** The calls of the C library. */
    private record Calls(MethodHandle map, MethodHandle advise, MethodHandle unmap) {}

    /** Whether the system is a Linux. */
    static boolean arePresent() {
        return CALLS != null;
    }

    /**
     * Zeroed memory that is given back with its arena, aligned to a huge page.
     *
     * @throws OutOfMemoryError when the system refuses so much
     */
    @SuppressWarnings("restricted") // the address is the system's, and nobody else's
    static MemorySegment allocate(Arena arena, long bytes) {
        Calls calls = CALLS;
        if (calls == null) {
            throw new IllegalStateException("huge pages (expected: a Linux)");
        }
        // whole huge pages: the kernel cannot use one for a part. One more makes room for where the first begins
        long whole = (bytes + SIZE - 1) / SIZE * SIZE;
        long mapped = whole + SIZE;
        try {
            MemorySegment map = (MemorySegment)
                    calls.map.invokeExact(MemorySegment.NULL, mapped, READ_AND_WRITE, PRIVATE_AND_ANONYMOUS, -1, 0L);
            if (map.address() == FAILED) {
                throw new OutOfMemoryError("Cannot map " + bytes + " bytes of memory");
            }
            MemorySegment owned = map.reinterpret(mapped, arena, all -> unmap(calls, all, mapped));
            MemorySegment block = owned.asSlice((SIZE - map.address() % SIZE) % SIZE, whole, SIZE);
            // advice only: where it is refused the memory is as good, just slower
            int _ = (int) calls.advise.invokeExact(block, whole, ADVISE_HUGE_PAGES);
            return block.asSlice(0, bytes);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("mmap could not be called", t);
        }
    }

    private static void unmap(Calls calls, MemorySegment map, long bytes) {
        try {
            int _ = (int) calls.unmap.invokeExact(map, bytes);
        } catch (Throwable t) {
            throw new IllegalStateException("munmap could not be called", t);
        }
    }

    @SuppressWarnings("restricted") // three calls of the C library
    private static @Nullable Calls calls() {
        if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")) {
            return null;
        }
        MethodHandle map = call("mmap", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
        MethodHandle advise = call("madvise", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
        MethodHandle unmap = call("munmap", JAVA_INT, ADDRESS, JAVA_LONG);
        return map == null || advise == null || unmap == null ? null : new Calls(map, advise, unmap);
    }

    @SuppressWarnings("restricted")
    private static @Nullable MethodHandle call(String name, MemoryLayout result, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find(name)
                .map(address -> linker.downcallHandle(address, FunctionDescriptor.of(result, arguments)))
                .orElse(null);
    }
}
