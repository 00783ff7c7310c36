package millrace.app.sweep;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Trials that differ in their seeds alone: one of them says little, since another seed might have made it better or worse. */
public final class Seeds {
    /** The key of a run's seed. */
    public static final String KEY = "training.seed";

    private Seeds() {}

    /**
     * All settings, each with several seeds.
     *
     * @param first of the seeds, which follow each other
     * @throws IllegalArgumentException when there are fewer than one, or the settings have seeds already
     */
    public static List<SequencedMap<String, String>> repeated(
            List<SequencedMap<String, String>> settings, int repeats, long first) {
        if (repeats < 1) {
            throw new IllegalArgumentException("--repeats: " + repeats + " (expected: 1 or more seeds)");
        }
        if (repeats == 1) {
            return settings;
        }
        List<SequencedMap<String, String>> all = new ArrayList<>();
        for (SequencedMap<String, String> one : settings) {
            if (one.containsKey(KEY)) {
                throw new IllegalArgumentException("--repeats: " + repeats + " beside --grid " + KEY
                        + " (expected: one of them); --repeats takes the seeds from --seed on");
            }
            for (int i = 0; i < repeats; i++) {
                SequencedMap<String, String> seeded = new LinkedHashMap<>(one);
                seeded.put(KEY, Long.toString(first + i));
                all.add(seeded);
            }
        }
        return all;
    }

    /** The trials by what else is set, in their order. */
    public static List<Repeats> groups(List<Trial> trials) {
        SequencedMap<SequencedMap<String, String>, List<Trial>> groups = new LinkedHashMap<>();
        for (Trial trial : trials) {
            SequencedMap<String, String> others = new LinkedHashMap<>(trial.settings());
            others.remove(KEY);
            groups.computeIfAbsent(others, _ -> new ArrayList<>()).add(trial);
        }
        return groups.entrySet().stream()
                .map(group -> new Repeats(group.getKey(), group.getValue()))
                .toList();
    }
}
