package millrace.actors.rank;

import java.util.List;
import java.util.NavigableMap;
import java.util.OptionalInt;
import millrace.nn.infer.Evaluation;
import millrace.nn.stage.LossSum;
import millrace.schedule.timeline.Timeline.Weights;
import org.jspecify.annotations.Nullable;

/**
 * A piece of work that a rank has done.
 *
 * @param step number of the batch that it belongs to, from 0; of a chunk, the evaluation's number
 * @param weights that a forward or backward used; null where these are always the newest
 * @param sends what goes to other ranks
 * @param outcomes what the trainer is to know
 */
public record Work(long step, Task task, @Nullable Weights weights, List<Send> sends, List<Outcome> outcomes) {
    /**
     * A message for a rank.
     *
     * @param to the rank
     */
    public record Send(int to, LineMessage message) {}

    /** What a piece of work has brought about. */
    public sealed interface Outcome {
        /**
         * The gradients of a batch are measured. Each parameter's sum of squares is told, not the stage's: a sum depends on
         * its order, and the trainer adds up in the order of the layers, however the model is cut.
         *
         * @param batches made when this one is
         * @param squares by stage the sum of squares of each parameter's gradient, in the order of the layers
         */
        record Measured(long batches, NavigableMap<Integer, List<Double>> squares) implements Outcome {}

        /**
         * The rank has all that comes into a step, which it makes when all ranks have. The loss is told already here, and not
         * again by {@link BatchDone}.
         *
         * @param batches made when the step is
         * @param replica of the line whose last stage the rank holds; empty where it holds none
         * @param loss of that replica's part of the batch; of nothing where it holds none
         */
        record Ready(long batches, OptionalInt replica, LossSum loss) implements Outcome {}

        /**
         * The rank is through with a batch.
         *
         * @param batches made with this one
         * @param replica of the line whose last stage the rank holds; empty where it holds none
         * @param loss of that replica's part of the batch; of nothing where it holds none
         */
        record BatchDone(long batches, OptionalInt replica, LossSum loss) implements Outcome {}

        /** The whole set has been evaluated. */
        record EvaluationDone(Evaluation evaluation) implements Outcome {}
    }
}
