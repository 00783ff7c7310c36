package millrace.actors.event;

import java.util.List;
import java.util.Map;
import millrace.actors.plan.RunPlan;
import millrace.nn.infer.Evaluation;
import org.jspecify.annotations.Nullable;

/**
 * What a run tells: {@link Started} first, {@link Finished} last, and one {@link Step} for each step between; on a
 * cluster for those that were asked for, and for others now and then. Who listens
 * chooses what to look at; a kind that is new costs nothing where nobody asks for it, because listeners leave the rest to a
 * {@code default}.
 */
public sealed interface TrainingEvent {
    /**
     * The run begins; told by whoever begins it, before anything is trained.
     *
     * @param run its name
     * @param plan what will be trained, and where it goes on from
     * @param sequential whether the reference is run, without actors
     */
    record Started(String run, RunPlan plan, boolean sequential) implements TrainingEvent {
        /** Tells the beginning, and then what people should know of the plan. */
        public void tell(TrainingListener listener) {
            listener.onEvent(this);
            plan.warnings().forEach(warning -> listener.onEvent(Noticed.warning(warning)));
        }
    }

    /**
     * A step was made: told very often, so it is small.
     *
     * @param step optimizer steps made in all, this one among them; without a flush, batches
     * @param stepsPerEpoch of all epochs
     * @param loss mean over the batch
     * @param learningRate that it was made with; of a delayed stage's correction it knows nothing
     * @param stretch the training since the line last stood still
     * @param gradientNorms Euclidean norm of each stage's gradient before it is clipped; empty where it is not measured
     */
    record Step(
            long step,
            long stepsPerEpoch,
            double loss,
            double learningRate,
            Stretch stretch,
            List<Double> gradientNorms)
            implements TrainingEvent {
        /** The epoch that it is part of, from 1. */
        public int epoch() {
            return Math.toIntExact((step - 1) / stepsPerEpoch) + 1;
        }

        /** Its number within the epoch, from 1. */
        public long stepInEpoch() {
            return (step - 1) % stepsPerEpoch + 1;
        }

        /** Norm of the whole gradient; it differs from the one that it is clipped by in the last digits at most. */
        public double gradientNorm() {
            return Math.sqrt(
                    gradientNorms.stream().mapToDouble(norm -> norm * norm).sum());
        }

        /**
         * Samples per second of the training alone: since an earlier step, or since the line last stood still, whichever
         * was later.
         *
         * @param earlier null: none
         */
        public double samplesPerSecond(@Nullable Step earlier) {
            return stretch.samplesPerSecond(earlier == null ? Stretch.none(stretch.from) : earlier.stretch);
        }
    }

    /**
     * Training without a pause for an evaluation or a snapshot, up to some step.
     *
     * @param from steps that had been made when it began
     * @param samples trained since then
     * @param nanos that it has taken, in nanoseconds
     */
    record Stretch(long from, long samples, long nanos) {
        private static Stretch none(long from) {
            return new Stretch(from, 0, 0);
        }

        private double samplesPerSecond(Stretch before) {
            // a run that goes on after a failure may have a stretch from the same step twice, the second shorter
            boolean goesOn = before.from == from && before.samples < samples && before.nanos < nanos;
            Stretch begin = goesOn ? before : none(from);
            return (samples - begin.samples) / ((nanos - begin.nanos) / 1e9);
        }
    }

    /**
     * An epoch is over and evaluated. A stream may have made steps of the next one by then; all that is told here is of the
     * step with which this one ended.
     *
     * @param epoch from 1
     * @param step optimizer steps made in all
     * @param loss mean over the epoch's samples, measured while training; with class weights, and targets that are left out,
     *     the sum of the losses over the sum of the weights, as an evaluation has it
     * @param learningRate of its last step
     * @param evaluations by name of the set
     * @param samplesPerSecond of the training alone
     * @param gradientNorms of each stage, over the epoch's steps since the run began or went on
     */
    record EpochEnd(
            int epoch,
            long step,
            double loss,
            double learningRate,
            Map<String, Evaluation> evaluations,
            double samplesPerSecond,
            List<NormFigures> gradientNorms)
            implements TrainingEvent {
        /** Each stage's mean norm. */
        public List<Double> meanNorms() {
            return gradientNorms.stream().map(NormFigures::mean).toList();
        }

        /** Each stage's largest norm. */
        public List<Double> largestNorms() {
            return gradientNorms.stream().map(NormFigures::largest).toList();
        }
    }

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
     * @param step batches made by the weights that were evaluated; a stream may have made more meanwhile
     * @param evaluations by name of the set
     */
    record EvaluationDone(long step, Map<String, Evaluation> evaluations) implements TrainingEvent {}

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
    record Noticed(String text) implements TrainingEvent {
        private static final String WARNING = "warning: ";

        /** Something that may spoil what the run is for. */
        public static Noticed warning(String text) {
            return new Noticed(WARNING + text);
        }

        /** Whether it is one of these, and to be told to whoever wants to hear nothing else. */
        public boolean isWarning() {
            return text.startsWith(WARNING);
        }
    }

    /**
     * The run has ended, completed or interrupted; a run that fails ends with its exception instead. Told by whoever has
     * begun it.
     *
     * @param result of a run on a cluster without the weights, which are in the run's folder
     */
    record Finished(RunResult result) implements TrainingEvent {}
}
