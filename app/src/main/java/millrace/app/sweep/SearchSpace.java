package millrace.app.sweep;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;

/**
 * All settings that trials may have.
 *
 * @param axes the settings that differ, each once
 */
public record SearchSpace(List<Axis> axes) {
    /** @throws IllegalArgumentException without an axis, or with two of one key */
    public SearchSpace {
        axes = List.copyOf(axes);
        if (axes.isEmpty()) {
            throw new IllegalArgumentException(
                    "--grid: none (expected: one or more, as in --grid training.batch=32,64)");
        }
        Set<String> keys = new HashSet<>();
        for (Axis axis : axes) {
            if (!keys.add(axis.key())) {
                throw new IllegalArgumentException(
                        "--grid " + axis.key() + ": twice (expected: each key once); join the values with commas");
            }
        }
    }

    /** The keys that differ, in the order in which they were given. */
    public List<String> keys() {
        return axes.stream().map(Axis::key).toList();
    }

    /**
     * Every combination; the last key changes fastest.
     *
     * @throws IllegalArgumentException when an axis is a range, which has too many values
     */
    public List<SequencedMap<String, String>> grid() {
        List<SequencedMap<String, String>> all = List.of(new LinkedHashMap<>());
        for (Axis axis : axes) {
            if (!(axis instanceof Axis.Choice(String key, List<String> values))) {
                throw new IllegalArgumentException("--grid " + axis.key()
                        + ": a range (expected: a list such as 1e-4,1e-3); draw from it with --random N");
            }
            List<SequencedMap<String, String>> longer = new ArrayList<>();
            for (SequencedMap<String, String> shorter : all) {
                for (String value : values) {
                    SequencedMap<String, String> settings = new LinkedHashMap<>(shorter);
                    settings.put(key, value);
                    longer.add(settings);
                }
            }
            all = longer;
        }
        return all;
    }

    /** So many combinations, drawn: the same seed draws the same, and the first of more. */
    public List<SequencedMap<String, String>> random(int trials, long seed) {
        if (trials < 1) {
            throw new IllegalArgumentException("--random: " + trials + " (expected: 1 or more trials)");
        }
        // the JDK's generator is specified to the bit
        Random random = new Random(seed);
        List<SequencedMap<String, String>> all = new ArrayList<>();
        for (int i = 0; i < trials; i++) {
            SequencedMap<String, String> settings = new LinkedHashMap<>();
            axes.forEach(axis -> settings.put(axis.key(), axis.draw(random)));
            all.add(settings);
        }
        return all;
    }
}
