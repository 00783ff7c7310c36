package millrace.app.picture;

/**
 * Where the rows of one timeline lie.
 *
 * @param top of the first row
 * @param height of a row
 * @param gap between rows
 */
record GanttRows(double top, double height, double gap) {
    /** The title's line. */
    static final double TITLE = 24;

    private static final double MOST_HEIGHT = 24;
    private static final double LEAST_HEIGHT = 5;
    private static final double COMFORTABLE = 1600;
    private static final double ARROW_GAP = 9;

    /**
     * @param top of the title
     * @param ranks of all timelines in the picture: the more, the lower
     */
    static GanttRows of(double top, int ranks, boolean messages) {
        double height = Math.clamp(COMFORTABLE / Math.max(1, ranks), LEAST_HEIGHT, MOST_HEIGHT);
        double gap = height < 12 ? 1 : 4;
        return new GanttRows(top + TITLE, height, messages ? Math.max(gap, ARROW_GAP) : gap);
    }

    double top(int rank) {
        return top + rank * (height + gap);
    }

    double bottom(int rank) {
        return top(rank) + height;
    }

    /** Every how many rows there is room for a label of that height. */
    int labelEvery(double labelHeight) {
        return (int) Math.ceil(labelHeight / (height + gap));
    }
}
