package millrace.nn.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import millrace.nn.layer.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * The versions of a stage's weights that somebody may still need, and predictions of versions to come. A version is kept
 * in the memory in which it was made; a step makes the next elsewhere only if this one is needed any longer, and
 * memory is used again as soon as nobody needs what it holds. One thread at a time.
 */
final class WeightVersions {
    private final Arena arena;
    private final List<Parameter> parameters;
    private final NavigableMap<Long, List<MemorySegment>> kept = new TreeMap<>();
    private final NavigableMap<PastWeights, List<MemorySegment>> predictions =
            new TreeMap<>(Comparator.comparingLong(PastWeights::version).thenComparingLong(PastWeights::ahead));
    private final Deque<List<MemorySegment>> free = new ArrayDeque<>();
    // what data sets are evaluated with while steps go on; null where none is
    private @Nullable Held held;
    private long inUse;
    private int most = 1;
    private boolean heldApart;

    private record Held(long version, List<MemorySegment> values) {}

    WeightVersions(Arena arena, List<Parameter> parameters) {
        this.arena = arena;
        this.parameters = List.copyOf(parameters);
        kept.put(0L, parameters.stream().map(Parameter::value).toList());
    }

    /** The newest version: steps made since the start of the stream. */
    long newest() {
        return kept.lastKey();
    }

    /** The version that the parameters have now. */
    long inUse() {
        return inUse;
    }

    /** The most versions and predictions that were kept at once. */
    int most() {
        return most;
    }

    /** The values of a version that is kept. */
    List<MemorySegment> values(long version) {
        List<MemorySegment> values = kept.get(version);
        if (values == null) {
            throw new IllegalStateException(
                    "weights of version " + version + " (expected: one of " + kept.keySet() + ", those that are kept)");
        }
        return values;
    }

    /** Lets the parameters have the values of a version. */
    void use(long version) {
        show(values(version));
        inUse = version;
    }

    /** Lets the parameters have other values than those of a version, for as long as one pass. */
    void show(List<MemorySegment> values) {
        for (int i = 0; i < parameters.size(); i++) {
            parameters.get(i).use(values.get(i));
        }
    }

    /** Fills memory with a prediction. */
    interface Forecast {
        void predict(long ahead, List<MemorySegment> predicted);
    }

    /** Makes a prediction from the newest version, unless it is there. */
    void predict(long ahead, Forecast predictor) {
        PastWeights prediction = new PastWeights(newest(), ahead);
        if (!predictions.containsKey(prediction)) {
            List<MemorySegment> memory = memory();
            predictor.predict(ahead, memory);
            predictions.put(prediction, memory);
            count();
        }
    }

    /** The values of a prediction that is kept. */
    List<MemorySegment> prediction(PastWeights wanted) {
        List<MemorySegment> values = predictions.get(wanted);
        if (values == null) {
            throw new IllegalStateException(
                    "prediction " + wanted + " (expected: one of " + predictions.keySet() + ", those that are kept)");
        }
        return values;
    }

    /** Lets the parameters have a prediction's values. */
    void usePrediction(PastWeights wanted, Forecast predictor) {
        if (wanted.version() == newest()) {
            predict(wanted.ahead(), predictor);
        }
        show(prediction(wanted));
    }

    /** Gives up the predictions before one: micro-batches come in order, and so do the predictions that they use. */
    void giveUpPredictions(PastWeights before) {
        Map<PastWeights, List<MemorySegment>> outdated = predictions.headMap(before);
        free.addAll(outdated.values());
        outdated.clear();
    }

    /** From now on the only version, which the parameters have, has another number: a stream goes on. */
    void restart(long version) {
        List<MemorySegment> only = values(newest());
        kept.clear();
        kept.put(version, only);
        inUse = version;
    }

    /** Memory for an older version, to be filled by the caller. */
    List<MemorySegment> restore(long version) {
        List<MemorySegment> memory = memory();
        kept.put(version, memory);
        count();
        return memory;
    }

    /** Memory for a prediction, to be filled by the caller. */
    List<MemorySegment> restore(PastWeights prediction) {
        List<MemorySegment> memory = memory();
        predictions.put(prediction, memory);
        count();
        return memory;
    }

    /**
     * Makes the next version.
     *
     * @param oldestNeeded older versions are given up
     * @param step is given the memory of the next version: that of the newest where nobody needs that any longer
     */
    void advance(long oldestNeeded, Consumer<List<MemorySegment>> step) {
        long newest = newest();
        List<MemorySegment> current = kept.lastEntry().getValue();
        while (!kept.isEmpty() && kept.firstKey() < oldestNeeded) {
            Map.Entry<Long, List<MemorySegment>> old = kept.pollFirstEntry();
            if (old.getKey() < newest && !isHeld(old.getKey())) {
                free.add(old.getValue());
            }
        }
        List<MemorySegment> next = kept.containsKey(newest) || isHeld(newest) ? memory() : current;
        heldApart |= held != null && !kept.containsKey(held.version());
        step.accept(next);
        parameters.forEach(Parameter::changed);
        kept.put(newest + 1, next);
        count();
        use(newest + 1);
    }

    /** Leaves the newest version as it is, whatever steps are made, until {@link #release}. */
    void hold() {
        if (held != null) {
            throw new IllegalStateException("weights of version " + newest()
                    + " to be held beside others (expected: one version at a time, the other to be released first)");
        }
        held = new Held(newest(), values(newest()));
    }

    /** Lets the parameters have the values that are held, for as long as one pass. */
    void useHeld() {
        show(Objects.requireNonNull(held, "weights that are held").values());
    }

    /** Gives up what is held, unless the training still needs it. */
    void release() {
        Held over = Objects.requireNonNull(held, "weights that are held");
        if (!kept.containsKey(over.version())) {
            free.add(over.values());
        }
        held = null;
    }

    private boolean isHeld(long version) {
        return held != null && held.version() == version;
    }

    /** Whether a version was ever kept for {@link #hold} alone, which takes memory of its own. */
    boolean wasHeldApart() {
        return heldApart;
    }

    /** Those that are kept now. */
    int count() {
        int now = kept.size() + predictions.size();
        most = Math.max(most, now);
        return now;
    }

    private List<MemorySegment> memory() {
        if (!free.isEmpty()) {
            return free.remove();
        }
        List<MemorySegment> memory = new ArrayList<>();
        parameters.forEach(parameter -> memory.add(parameter.allocate(arena)));
        return memory;
    }
}
