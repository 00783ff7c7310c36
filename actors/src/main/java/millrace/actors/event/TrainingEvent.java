package millrace.actors.event;


import java.util.List;
import java.util.Map;
import millrace.nn.infer.Evaluation;

/** What a run tells while it goes on. */
public sealed interface TrainingEvent {
    /**
     * A step was made: sent for every step that the plan asks to log.
     *
     * @param loss mean over the batch
     * @param learningRate that it was made with; of a delayed stage's correction it knows nothing
     * @param samplesPerSecond of the training alone since the step before that was told, or since the line stood still
     * @param gradientNorms Euclidean norm of each stage's gradient before it is clipped; empty where it is not measured
     */
    record StepDone(long step, double loss, double learningRate, double samplesPerSecond, List<Double> gradientNorms)
            implements TrainingEvent {}

    /**
     * An epoch is over and evaluated.
     *
     * @param epoch from 1
     * @param loss mean over the epoch's samples, measured while training
     * @param learningRate of its last step
     * @param evaluations by name of the set
     * @param samplesPerSecond of the training alone
     * @param gradientNorms of each stage, over the epoch's steps since the run began or went on
     */
    record EpochDone(
            int epoch,
            long step,
            double loss,
            double learningRate,
            Map<String, Evaluation> evaluations,
            double samplesPerSecond,
            List<NormFigures> gradientNorms)
            implements TrainingEvent {}

    /**
     * Norms of one stage's gradients; those that are not finite are left out.
     *
     * @param mean NaN without any
     * @param largest the same
     */
    record NormFigures(double mean, double largest) {}

    /**
     * The sets were evaluated within an epoch.
     *
     * @param step batches made
     * @param evaluations by name of the set
     */
    record Evaluated(long step, Map<String, Evaluation> evaluations) implements TrainingEvent {}

    /**
     * A run epoch begins on a cluster.
     *
     * @param fromStep optimizer steps made before it
     * @param workers what each of them hosts
     * @param seconds since something was found lost; 0 when nothing was
     */
    record Placed(long runEpoch, long fromStep, List<WorkerRanks> workers, double seconds) implements TrainingEvent {
        /**
         * @param address of the worker's node
         * @param ranks it hosts, none for a spare one
         */
        public record WorkerRanks(String address, List<Integer> ranks) {}
    }

    /** Something was lost on a cluster; the run will go on from its last checkpoint. */
    record Recovering(String reason) implements TrainingEvent {}

    /** Something that people should know. */
    record Noticed(String text) implements TrainingEvent {}

    /**
     * The run has made progress: sent for every step, cheap to ignore.
     *
     * @param stepInEpoch from 1
     */
    record Progress(int epoch, long stepInEpoch, long stepsPerEpoch, double loss) implements TrainingEvent {
        /** Steps that the run has made in all. */
        public long step() {
            return (epoch - 1) * stepsPerEpoch + stepInEpoch;
        }
    }
}
