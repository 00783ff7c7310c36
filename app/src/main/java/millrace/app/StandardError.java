package millrace.app;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The process's standard error, which the launcher filters until the program has begun: only so the JVM's warning of its
 * incubator module can be left out. From here on it is the terminal or file again that it was, also for the JVM's own words.
 */
final class StandardError {
    private static final int TRUE_ONE = 3;
    private static final int STANDARD_ERROR = 2;

    private StandardError() {}

    /** Takes the filter away, if the launcher has set one for this process. */
    static void restore() {
        if (Long.toString(ProcessHandle.current().pid()).equals(System.getenv("MILLRACE_STDERR"))) {
            duplicate();
        }
    }

    /** Where it does not work the filter stays, which lets everything else pass. */
    @SuppressWarnings("restricted") // one call of the C library
    private static void duplicate() {
        Linker linker = Linker.nativeLinker();
        Optional<MemorySegment> dup2 = linker.defaultLookup().find("dup2");
        if (dup2.isPresent()) {
            try {
                int _ = (int) linker.downcallHandle(dup2.get(), FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT))
                        .invokeExact(TRUE_ONE, STANDARD_ERROR);
            } catch (Throwable t) {
                throw new IllegalStateException("dup2 could not be called", t);
            }
        }
    }
}
