package millrace.nn.kernel.dnnl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/**
 * oneDNN's C interface through java.lang.foreign. The library comes from the bytedeco jar of the host platform, which
 * JavaCPP unpacks once into the user's cache; its own Java binding is not used, because it wraps every address in an object
 * that the collector may free, while a memory segment is kept alive for the length of the call
 * (docs/decisions/onednn.md).
 */
final class OneDnn {
    private static final String FOLDER = "/org/bytedeco/dnnl/" + Loader.getPlatform() + "/";

    private final MethodHandle sgemm;
    private final @Nullable MethodHandle setThreads;
    // OpenMP's thread number is a property of the calling thread
    private final ThreadLocal<Boolean> singleThreaded = ThreadLocal.withInitial(this::limitToOneThread);

    private final DnnlApi primitives;

    private OneDnn(MethodHandle sgemm, @Nullable MethodHandle setThreads, DnnlApi primitives) {
        this.sgemm = sgemm;
        this.setThreads = setThreads;
        this.primitives = primitives;
    }

    /** The library, or null where there is none for this platform. */
    @SuppressWarnings("restricted") // native calls are what this class is for
    static @Nullable OneDnn load() {
        try {
            File openMp = resource("libgomp.so.1");
            File library = resource("libdnnl.so.3", "libdnnl.3.dylib", "dnnl.dll");
            if (library == null) {
                return null;
            }
            Linker linker = Linker.nativeLinker();
            SymbolLookup symbols = SymbolLookup.libraryLookup(library.toPath(), Arena.global());
            MethodHandle sgemm = linker.downcallHandle(
                    symbols.find("dnnl_sgemm").orElseThrow(),
                    FunctionDescriptor.of(
                            JAVA_INT,
                            JAVA_BYTE,
                            JAVA_BYTE,
                            JAVA_LONG,
                            JAVA_LONG,
                            JAVA_LONG,
                            JAVA_FLOAT,
                            ADDRESS,
                            JAVA_LONG,
                            ADDRESS,
                            JAVA_LONG,
                            JAVA_FLOAT,
                            ADDRESS,
                            JAVA_LONG));
            MethodHandle setThreads = openMp == null
                    ? null
                    : linker.downcallHandle(
                            SymbolLookup.libraryLookup(openMp.toPath(), Arena.global())
                                    .find("omp_set_num_threads")
                                    .orElseThrow(),
                            FunctionDescriptor.ofVoid(JAVA_INT));
            return new OneDnn(sgemm, setThreads, new DnnlApi(symbols));
        } catch (IOException | IllegalArgumentException | UnsatisfiedLinkError e) {
            return null;
        }
    }

    private static @Nullable File resource(String... names) throws IOException {
        for (String name : names) {
            if (OneDnn.class.getResource(FOLDER + name) != null) {
                return Loader.cacheResource(OneDnn.class, FOLDER + name);
            }
        }
        return null;
    }

    /** {@code c = op(a) op(b) + beta c}, all row-major. */
    void sgemm(
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            MemorySegment a,
            long strideA,
            MemorySegment b,
            long strideB,
            float beta,
            MemorySegment c,
            long strideC) {
        int status;
        try {
            useOneThread();
            status = (int) sgemm.invokeExact(
                    (byte) (transposeA ? 'T' : 'N'),
                    (byte) (transposeB ? 'T' : 'N'),
                    (long) m,
                    (long) n,
                    (long) k,
                    1f,
                    a,
                    strideA,
                    b,
                    strideB,
                    beta,
                    c,
                    strideC);
        } catch (Throwable t) {
            throw new IllegalStateException("dnnl_sgemm could not be called", t);
        }
        if (status != 0) {
            throw new IllegalStateException("dnnl_sgemm: status " + status + " (expected: 0) for m=" + m + " n=" + n
                    + " k=" + k + " strides " + strideA + ", " + strideB + ", " + strideC);
        }
    }

    /** The functions for everything but matrix products. */
    DnnlApi primitives() {
        return primitives;
    }

    /** To be called before a primitive is made, and before it runs: it then uses the calling thread alone. */
    void useOneThread() {
        Boolean _ = singleThreaded.get();
    }

    private boolean limitToOneThread() {
        if (setThreads == null) {
            return false;
        }
        try {
            setThreads.invokeExact(1);
            return true;
        } catch (Throwable t) {
            throw new IllegalStateException("omp_set_num_threads could not be called", t);
        }
    }
}
