package millrace.nn.kernel.dnnl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/** One of oneDNN's primitives with prepared arguments: made once, run on other memory each time. */
final class DnnlPrimitive {
    // struct { int arg; dnnl_memory_t memory; }
    private static final long ARGUMENT_BYTES = 16;
    private static final long MEMORY_OFFSET = 8;

    private static final int FROM = 1;
    private static final int TO = 17;

    private final DnnlApi api;
    private final MemorySegment description;
    private final MemorySegment primitive;
    private final MemorySegment arguments;
    private final List<MemorySegment> memories = new ArrayList<>();

    /**
     * @param arena where the list of arguments lives
     * @param description of the primitive (dnnl_primitive_desc_t), owned from now on
     * @param numbers what the arguments are (DNNL_ARG_SRC, ...)
     * @param layouts of their memory, in the same order
     */
    DnnlPrimitive(
            DnnlApi api, Arena arena, MemorySegment description, List<Integer> numbers, List<MemorySegment> layouts) {
        this.api = api;
        this.description = description;
        this.primitive = api.create("dnnl_primitive_create", description);
        this.arguments = arena.allocate(ARGUMENT_BYTES * numbers.size(), ARGUMENT_BYTES);
        for (int i = 0; i < numbers.size(); i++) {
            MemorySegment memory = api.create("dnnl_memory_create", layouts.get(i), api.engine(), MemorySegment.NULL);
            memories.add(memory);
            arguments.set(JAVA_INT, i * ARGUMENT_BYTES, numbers.get(i));
            arguments.set(ADDRESS, i * ARGUMENT_BYTES + MEMORY_OFFSET, memory);
        }
    }

    /** Copies from one layout, or type, to another. */
    static DnnlPrimitive reorder(DnnlApi api, Arena arena, MemorySegment from, MemorySegment to) {
        MemorySegment description = api.create(
                "dnnl_reorder_primitive_desc_create", from, api.engine(), to, api.engine(), MemorySegment.NULL);
        return new DnnlPrimitive(api, arena, description, List.of(FROM, TO), List.of(from, to));
    }

    /** Runs it on memory in the order of the arguments. */
    void run(MemorySegment stream, MemorySegment... data) {
        try {
            for (int i = 0; i < data.length; i++) {
                api.setMemory(memories.get(i), data[i]);
            }
            api.execute(primitive, stream, data.length, arguments);
        } finally {
            for (MemorySegment memory : data) {
                Reference.reachabilityFence(memory);
            }
        }
    }

    void close() {
        memories.forEach(memory -> api.call("dnnl_memory_destroy", memory));
        api.call("dnnl_primitive_destroy", primitive);
        api.call("dnnl_primitive_desc_destroy", description);
    }
}
