package millrace.schedule;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The known schedules by name. */
public final class Schedules {
    private static final Map<String, Generator> BY_NAME = new LinkedHashMap<>();

    static {
        register(new GPipe());
        register(new OneForwardOneBackward());
    }

    private Schedules() {}

    /** All generators in the order of their registration. */
    public static List<Generator> all() {
        return List.copyOf(BY_NAME.values());
    }

    /**
     * A validated schedule.
     *
     * @throws IllegalArgumentException on an unknown name (lists the known ones) or on numbers that do not fit
     */
    public static Schedule generate(String name, int ranks, int microBatches) {
        Generator generator = BY_NAME.get(name);
        if (generator == null) {
            throw new IllegalArgumentException(
                    "schedule: " + name + " (expected: one of " + String.join(", ", BY_NAME.keySet()) + ")");
        }
        if (ranks < 1 || microBatches < 1) {
            throw new IllegalArgumentException(
                    "ranks: " + ranks + ", micro-batches: " + microBatches + " (expected: 1 or more of each)");
        }
        return Validator.checked(generator.generate(ranks, microBatches));
    }

    private static void register(Generator generator) {
        BY_NAME.put(generator.name(), generator);
    }
}
