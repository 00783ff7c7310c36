package millrace.nn.kernel.dnnl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * oneDNN's functions for primitives (dnnl.h), by name. What is called once for a layer goes through {@link #create} and
 * {@link #call}; what is called for every micro-batch has a handle of its own. Every status is checked.
 */
final class DnnlApi {
    static final int FORWARD_TRAINING = 64;
    static final int DIRECT = 1;
    static final int BF16 = 2;
    static final int F32 = 3;
    static final int ANY_FORMAT = 1;
    private static final int CPU = 1;
    private static final int AS_IT_IS = 0;
    // dnnl_cpu_isa_t: flags, a later set has those of the earlier ones
    private static final int AVX512 = 0x27;
    private static final int AVX512_BF16 = 0xe7;
    private static final int IN_ORDER = 1;

    private final Linker linker = Linker.nativeLinker();
    private final SymbolLookup symbols;
    private final Map<String, MethodHandle> handles = new ConcurrentHashMap<>();
    private final MethodHandle execute;
    private final MethodHandle setMemory;
    private final MemorySegment engine;

    @SuppressWarnings("restricted") // native calls are what this class is for
    DnnlApi(SymbolLookup symbols) {
        this.symbols = symbols;
        this.execute = linker.downcallHandle(
                symbols.find("dnnl_primitive_execute").orElseThrow(),
                FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, ADDRESS));
        this.setMemory = linker.downcallHandle(
                symbols.find("dnnl_memory_set_data_handle").orElseThrow(),
                FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
        this.engine = create("dnnl_engine_create", CPU, 0L);
    }

    /** The processor: all memory and primitives belong to it. */
    MemorySegment engine() {
        return engine;
    }

    /** A queue of executions, for one thread at a time. */
    MemorySegment stream() {
        return create("dnnl_stream_create", engine, IN_ORDER);
    }

    /** Calls a function whose first argument is where to put what it makes. */
    MemorySegment create(String function, Object... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment made = arena.allocate(ADDRESS);
            List<Object> all = new ArrayList<>();
            all.add(made);
            all.addAll(Arrays.asList(arguments));
            check(function, (int) invoke(function, JAVA_INT, all));
            return made.get(ADDRESS, 0);
        }
    }

    /** Calls a function that returns a status. */
    void call(String function, Object... arguments) {
        check(function, (int) invoke(function, JAVA_INT, Arrays.asList(arguments)));
    }

    /** Whether two layouts are the same. */
    boolean equal(MemorySegment layout, MemorySegment other) {
        return (int) invoke("dnnl_memory_desc_equal", JAVA_INT, List.of(layout, other)) != 0;
    }

    /** Bytes of a memory of this layout. */
    long bytes(MemorySegment layout) {
        return (long) invoke("dnnl_memory_desc_get_size", JAVA_LONG, List.of(layout));
    }

    /** The layout that a primitive has chosen for one of its arguments; it belongs to the description. */
    MemorySegment layout(MemorySegment description, int query) {
        return (MemorySegment) invoke("dnnl_primitive_desc_query_md", ADDRESS, List.of(description, query, 0));
    }

    /** A layout with a stride for each dimension, counted in elements. */
    MemorySegment strided(int type, long[] dimensions, long[] strides) {
        try (Arena arena = Arena.ofConfined()) {
            return create(
                    "dnnl_memory_desc_create_with_strides",
                    dimensions.length,
                    arena.allocateFrom(JAVA_LONG, dimensions),
                    type,
                    arena.allocateFrom(JAVA_LONG, strides));
        }
    }

    /** A layout that the primitive may choose. */
    MemorySegment chosen(int type, long[] dimensions) {
        try (Arena arena = Arena.ofConfined()) {
            return create(
                    "dnnl_memory_desc_create_with_tag",
                    dimensions.length,
                    arena.allocateFrom(JAVA_LONG, dimensions),
                    type,
                    ANY_FORMAT);
        }
    }

    /** A layout of its own, of what belongs to a description. */
    MemorySegment copy(MemorySegment layout) {
        return create("dnnl_memory_desc_clone", layout);
    }

    /** Attributes of a primitive that adds its result to what is there. */
    MemorySegment addingToResult() {
        MemorySegment operations = create("dnnl_post_ops_create");
        call("dnnl_post_ops_append_sum", operations, 1f, 0, AS_IT_IS);
        MemorySegment attributes = create("dnnl_primitive_attr_create");
        call("dnnl_primitive_attr_set_post_ops", attributes, operations);
        call("dnnl_post_ops_destroy", operations);
        return attributes;
    }

    /** Whether the processor has vectors of 512 bits; with ONEDNN_MAX_CPU_ISA=AVX2 in the environment oneDNN uses none. */
    boolean hasAvx512() {
        return has(AVX512);
    }

    /** Whether the processor multiplies bfloat16 itself; with ONEDNN_MAX_CPU_ISA=AVX512_CORE oneDNN does not use it. */
    boolean hasBf16() {
        return has(AVX512_BF16);
    }

    private boolean has(int instructions) {
        return (instructionSet() & instructions) == instructions;
    }

    private int instructionSet() {
        return (int) invoke("dnnl_get_effective_cpu_isa", JAVA_INT, List.of());
    }

    /** The instructions that are used, by the number that oneDNN has for them: those of others give other times. */
    String instructions() {
        String words = hasBf16() ? "AVX-512 with bfloat16" : hasAvx512() ? "AVX-512" : "without AVX-512";
        return words + " (oneDNN's 0x" + Integer.toHexString(instructionSet()) + ")";
    }

    /** The library's version: {@code 3.11.0}. */
    @SuppressWarnings("restricted") // native calls are what this class is for
    String version() {
        MemorySegment version =
                ((MemorySegment) invoke("dnnl_version", ADDRESS, List.of())).reinterpret(3 * Integer.BYTES);
        return version.getAtIndex(JAVA_INT, 0) + "." + version.getAtIndex(JAVA_INT, 1) + "."
                + version.getAtIndex(JAVA_INT, 2);
    }

    void setMemory(MemorySegment memory, MemorySegment data) {
        int status;
        try {
            status = (int) setMemory.invokeExact(memory, data);
        } catch (Throwable t) {
            throw new IllegalStateException("dnnl_memory_set_data_handle could not be called", t);
        }
        check("dnnl_memory_set_data_handle", status);
    }

    void execute(MemorySegment primitive, MemorySegment stream, int count, MemorySegment arguments) {
        int status;
        try {
            status = (int) execute.invokeExact(primitive, stream, count, arguments);
        } catch (Throwable t) {
            throw new IllegalStateException("dnnl_primitive_execute could not be called", t);
        }
        check("dnnl_primitive_execute", status);
    }

    private Object invoke(String function, MemoryLayout result, List<Object> arguments) {
        MethodHandle handle = handles.computeIfAbsent(function, name -> handle(name, result, arguments));
        try {
            return handle.invokeWithArguments(arguments);
        } catch (Throwable t) {
            throw new IllegalStateException(function + " could not be called", t);
        }
    }

    @SuppressWarnings("restricted") // native calls are what this class is for
    private MethodHandle handle(String function, MemoryLayout result, List<Object> arguments) {
        MemoryLayout[] layouts = arguments.stream()
                .map(argument -> switch (argument) {
                    case Integer _ -> JAVA_INT;
                    case Long _ -> JAVA_LONG;
                    case Float _ -> JAVA_FLOAT;
                    default -> ADDRESS;
                })
                .toArray(MemoryLayout[]::new);
        return linker.downcallHandle(symbols.find(function).orElseThrow(), FunctionDescriptor.of(result, layouts));
    }

    private static void check(String function, int status) {
        if (status != 0) {
            throw new IllegalStateException(function + ": status " + status + " (expected: 0)");
        }
    }
}
