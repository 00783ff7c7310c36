package millrace.actors.cluster;

import java.util.Locale;

/**
 * What a node has of a run's data.
 *
 * @param source where it has come from
 * @param bytes that it takes in memory
 */
public record DataUse(Source source, long bytes) {
    private static final double MEGA = 1e6;

    /** Where samples come from. */
    public enum Source {
        /** There are none: the node has neither the first nor the last stage. */
        NONE,
        /** Files of the node itself, data that comes with the program, or such that is made up. */
        READ,
        /** Files that other nodes have given. */
        FETCHED
    }

    /** Of a node that uses none. */
    public static final DataUse NONE = new DataUse(Source.NONE, 0);

    /** As people read it: {@code 11 MB, fetched}. */
    @Override
    public String toString() {
        String size = bytes < MEGA / 10
                ? String.format(Locale.ROOT, "%.0f kB", Math.ceil(bytes / 1e3))
                : String.format(Locale.ROOT, bytes < 10 * MEGA ? "%.1f MB" : "%,.0f MB", bytes / MEGA);
        return source == Source.NONE ? "none" : size + ", " + source.name().toLowerCase(Locale.ROOT);
    }
}
