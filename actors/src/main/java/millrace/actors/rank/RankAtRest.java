package millrace.actors.rank;

import java.util.List;

/**
 * How far a rank has come that does nothing any more, of ranks that step together.
 *
 * @param stages that it holds
 * @param step batches made
 * @param ready whether it could make one more by itself: it has all that comes into the step, but for the trainer's word
 * @param word the newest that it has heard; before the first, what it began with
 */
public record RankAtRest(List<Integer> stages, long step, boolean ready, StepWord word) {
    /** Whether it has made so many batches, or can make the last of them by itself. */
    public boolean reaches(long wanted) {
        return step == wanted || (ready && step == wanted - 1);
    }
}
