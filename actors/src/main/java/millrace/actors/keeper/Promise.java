package millrace.actors.keeper;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one node has promised a run: to take nothing any more from a coordinator of an earlier run epoch than this one, nor
 * from another coordinator of the same. It is on the node's disk before anybody is told of it, so that a restart keeps it.
 *
 * @param epoch the highest run epoch that was promised; 0: none yet
 * @param coordinator whom it was promised to; a name that nobody has for two run epochs
 */
public record Promise(long epoch, String coordinator) {
    /** Of a node that has not been asked yet. */
    public static final Promise NONE = new Promise(0, "nobody");

    private static final Pattern TEXT = Pattern.compile("run-epoch (\\d{1,18}) to (\\S+)\\n");

    /** @throws IllegalArgumentException when it is none of a run epoch, or the coordinator's name is not one word */
    public Promise {
        if (epoch < 0 || !coordinator.matches("\\S+")) {
            throw new IllegalArgumentException("promise: run epoch " + epoch + " to \"" + coordinator
                    + "\" (expected: 0 or more, to a name without spaces)");
        }
    }

    /**
     * Whether something may still be promised to a coordinator, or written for it. To be asked twice by the same changes
     * nothing.
     */
    public boolean allows(Promise wanted) {
        return wanted.epoch > epoch || wanted.equals(this);
    }

    /** What the node has promised after it was asked: whether it has promised what was wanted, is seen from it. */
    Promise asked(Promise wanted) {
        return allows(wanted) ? wanted : this;
    }

    /** As it is written. */
    String text() {
        return "run-epoch " + epoch + " to " + coordinator + "\n";
    }

    /** Of what was written; empty when it is something else. */
    static Optional<Promise> parse(String text) {
        Matcher found = TEXT.matcher(text);
        return found.matches()
                ? Optional.of(new Promise(Long.parseLong(found.group(1)), found.group(2)))
                : Optional.empty();
    }
}
