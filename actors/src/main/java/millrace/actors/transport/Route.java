package millrace.actors.transport;

/**
 * One direction between a sender and a rank.
 *
 * @param runEpoch frames of another one are dropped
 * @param link names the outlet: unique within the run epoch among all that send to the rank, and not used again by an
 *     outlet made later, because its numbers begin at 0
 * @param receiver rank that the messages are for
 */
public record Route(long runEpoch, String link, int receiver) {
    private static final int LONGEST_LINK = 200;

    public Route {
        if (runEpoch < 0 || receiver < 0) {
            throw new IllegalArgumentException(
                    "route: run epoch " + runEpoch + ", receiver " + receiver + " (expected: 0 or more)");
        }
        if (link.isEmpty() || link.length() > LONGEST_LINK) {
            throw new IllegalArgumentException(
                    "link: a name of " + link.length() + " characters (expected: 1 to " + LONGEST_LINK + ")");
        }
    }
}
