package millrace.app.output.text;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How wide the terminal is that standard output goes to; asked anew each time, since a window may be resized. */
final class TerminalWidth {
    private static final int USUAL = 80;
    private static final int STANDARD_OUTPUT = 1;
    private static final long WINSIZE_BYTES = 8;
    private static final String SYSTEM = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    // TIOCGWINSZ, as the two systems number it
    private static final long GET_WINDOW_SIZE = SYSTEM.contains("linux") ? 0x5413L : 0x40087468L;
    private static final @Nullable MethodHandle IOCTL = ioctl();

    private TerminalWidth() {}

    /** Columns; 80 where the system does not tell. */
    static int columns() {
        if (IOCTL == null) {
            return USUAL;
        }
        try (Arena arena = Arena.ofConfined()) {
            // struct winsize: rows, columns, and both in pixels, as short numbers
            MemorySegment size = arena.allocate(WINSIZE_BYTES);
            int failed = (int) IOCTL.invokeExact(STANDARD_OUTPUT, GET_WINDOW_SIZE, size);
            int columns = Short.toUnsignedInt(size.get(JAVA_SHORT, JAVA_SHORT.byteSize()));
            return failed != 0 || columns == 0 ? USUAL : columns;
        } catch (Throwable t) {
            throw new IllegalStateException("ioctl could not be called", t);
        }
    }

    @SuppressWarnings("restricted") // one call of the C library
    private static @Nullable MethodHandle ioctl() {
        if (!SYSTEM.contains("linux") && !SYSTEM.contains("mac")) {
            return null;
        }
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find("ioctl")
                .map(address -> linker.downcallHandle(
                        address,
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
                        Linker.Option.firstVariadicArg(2)))
                .orElse(null);
    }
}
