package millrace.schedule.zoo;

/** What schedules of two replicas in opposite directions ask of a line. */
final class BothWays {
    static final int REPLICAS = 2;

    private BothWays() {}

    static void requireEvenRanks(String schedule, int ranks) {
        if (ranks % 2 != 0) {
            throw new IllegalArgumentException(schedule + ": ranks: " + ranks
                    + " (expected: an even number, the line runs both ways); take " + (ranks + 1));
        }
    }
}
