package millrace.schedule;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.ServiceLoader;

/** The known schedules by name: our own and those that the class path adds ({@link Generator}). */
public final class Schedules {
    private static final Map<String, Generator> BY_NAME = new LinkedHashMap<>();

    static {
        List<Generator> found = new ArrayList<>();
        ServiceLoader.load(Generator.class, Schedules.class.getClassLoader()).forEach(found::add);
        // ours come first, whatever the class path's order, and nobody replaces them unawares
        String own = Schedules.class.getPackageName();
        found.sort(Comparator.comparing(
                generator -> !generator.getClass().getPackageName().startsWith(own)));
        found.forEach(generator -> BY_NAME.putIfAbsent(generator.name(), generator));
    }

    private Schedules() {}

    /** All generators in the order of their registration. */
    public static List<Generator> all() {
        return List.copyOf(BY_NAME.values());
    }

    /**
     * The generator of that name.
     *
     * @throws IllegalArgumentException on an unknown name (lists the known ones)
     */
    public static Generator named(String name) {
        Generator generator = BY_NAME.get(name);
        if (generator == null) {
            throw new IllegalArgumentException("schedule: " + name + " (expected: one of "
                    + String.join(", ", BY_NAME.keySet()) + ", or a file that ends in .csv)");
        }
        return generator;
    }

    /** Stages that a rank usually holds with that schedule; none for a name that there is not, which is refused where it is read. */
    public static OptionalInt usualChunks(String name) {
        Generator generator = BY_NAME.get(name);
        return generator == null ? OptionalInt.empty() : OptionalInt.of(generator.defaultChunks());
    }

    /**
     * A validated schedule.
     *
     * @throws IllegalArgumentException on an unknown name or on numbers that do not fit
     */
    public static Schedule generate(String name, PipelineShape shape, Costs costs) {
        return Validator.checked(named(name).generate(shape, costs));
    }

    /** A validated schedule; planned ones assume that F, I and W take equally long. */
    public static Schedule generate(String name, PipelineShape shape) {
        return generate(name, shape, Costs.unit(shape));
    }

    /** A validated schedule with the schedule's usual number of stages a rank. */
    public static Schedule generate(String name, int ranks, int microBatches) {
        return generate(name, new PipelineShape(ranks, named(name).defaultChunks(), microBatches));
    }
}
