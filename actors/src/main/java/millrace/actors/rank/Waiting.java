package millrace.actors.rank;

import millrace.schedule.Action.Kind;

/** How a rank says what it waits for. */
final class Waiting {
    private Waiting() {}

    /**
     * @param input F for an activation, any other kind for an error delta
     */
    static String forInput(int stage, Kind input, int microBatch, long batch) {
        return "stage " + stage + " waits for the " + (input == Kind.F ? "activation" : "error delta")
                + " of micro-batch " + microBatch + " of batch " + batch;
    }

    static String forNorm(int rank, long batch) {
        return "rank " + rank + " waits for the norm of the gradient of batch " + batch;
    }

    static String forWord(int rank, long batch) {
        return "rank " + rank + " waits until all ranks can make the step of batch " + batch;
    }

    static String forGradientShare(int rank, long batch) {
        return "rank " + rank + " waits for another rank's share of the gradients of batch " + batch;
    }

    static String forGrant(int rank, long granted) {
        return "rank " + rank + " has made its " + granted + " batches";
    }

    static String forChunk(int stage, int chunk, String set) {
        return "stage " + stage + " waits for chunk " + chunk + " of the " + set + " set";
    }

    static String forCredit(int through, int chunks, String set) {
        return "stage 0 waits for credits, " + through + " of " + chunks + " chunks of the " + set + " set are through";
    }
}
