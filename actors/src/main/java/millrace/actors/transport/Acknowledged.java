package millrace.actors.transport;

import java.util.List;

/**
 * What an inlet has received.
 *
 * @param next all frames before it
 * @param transmission the highest that has arrived: an earlier one that has not is lost, or was overtaken
 * @param received frames beyond {@code next}, ascending: those in between are missing
 */
public record Acknowledged(Route route, long next, long transmission, List<Range> received) {
    /** Ranges that are said at most; what is beyond them is left open. */
    public static final int MOST_RANGES = 64;

    public Acknowledged {
        received = List.copyOf(received);
        long end = next;
        for (Range range : received) {
            if (range.from() <= end) {
                throw new IllegalArgumentException("received: frames from " + range.from() + " (expected: more than "
                        + end + ", where the range before ends)");
            }
            end = range.to();
        }
        if (next < 0 || received.size() > MOST_RANGES) {
            throw new IllegalArgumentException("acknowledgement: next " + next + ", " + received.size()
                    + " ranges (expected: 0 or more, at most " + MOST_RANGES + " ranges)");
        }
    }

    /** Whether it says of a frame that it has not arrived, not just nothing. */
    boolean knows(long number) {
        return received.size() < MOST_RANGES || number < received.getLast().to();
    }

    /** Frames from {@code from} (inclusive) to {@code to} (exclusive). */
    public record Range(long from, long to) {
        public Range {
            if (from < 0 || to <= from) {
                throw new IllegalArgumentException(
                        "range: " + from + " to " + to + " (expected: at least one frame, from 0 or more)");
            }
        }
    }
}
