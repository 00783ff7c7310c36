package millrace.nn.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import millrace.nn.layer.Parameter;

/**
 * The versions of a stage's weights that somebody may still need. A version is kept in the memory in which it was made; a
 * step copies it only if the version before the step is needed any longer, and memory is used again as soon as nobody
 * needs what it holds. One thread at a time.
 */
public final class WeightVersions {
    private final Arena arena;
    private final List<Parameter> parameters;
    private final NavigableMap<Long, List<MemorySegment>> kept = new TreeMap<>();
    private final Deque<List<MemorySegment>> free = new ArrayDeque<>();
    private int most = 1;

    WeightVersions(Arena arena, List<Parameter> parameters) {
        this.arena = arena;
        this.parameters = List.copyOf(parameters);
        kept.put(0L, parameters.stream().map(Parameter::value).toList());
    }

    /** The newest version: steps made since the start of the stream. */
    public long newest() {
        return kept.lastKey();
    }

    /** The most versions that were kept at once. */
    public int most() {
        return most;
    }

    /** Lets the parameters have the values of a version. */
    public void use(long version) {
        List<MemorySegment> values = kept.get(version);
        if (values == null) {
            throw new IllegalStateException(
                    "weights of version " + version + " (expected: one of " + kept.keySet() + ", those that are kept)");
        }
        for (int i = 0; i < parameters.size(); i++) {
            parameters.get(i).use(values.get(i));
        }
    }

    /**
     * Makes room for the next version: the parameters have a copy of the newest one, for the optimizer to change.
     *
     * @param oldestNeeded older versions are given up
     */
    void advance(long oldestNeeded) {
        long newest = newest();
        List<MemorySegment> current = kept.lastEntry().getValue();
        while (!kept.isEmpty() && kept.firstKey() < oldestNeeded) {
            Map.Entry<Long, List<MemorySegment>> old = kept.pollFirstEntry();
            if (old.getKey() < newest) {
                free.add(old.getValue());
            }
        }
        List<MemorySegment> next = current;
        if (kept.containsKey(newest)) {
            next = free.isEmpty() ? allocate() : free.remove();
            for (int i = 0; i < next.size(); i++) {
                next.get(i).copyFrom(current.get(i));
            }
        }
        kept.put(newest + 1, next);
        most = Math.max(most, kept.size());
        use(newest + 1);
    }

    private List<MemorySegment> allocate() {
        List<MemorySegment> memory = new ArrayList<>();
        parameters.forEach(parameter -> memory.add(parameter.allocate(arena)));
        return memory;
    }
}
