package millrace.actors.course;

import java.util.List;
import millrace.actors.event.TrainingEvent.NormFigures;
import millrace.actors.plan.CourseState;
import millrace.nn.stage.LossSum;

/** What is added up over the steps of an epoch. */
final class EpochTally {
    private final NormSums norms = new NormSums();
    private double lossSum;
    private double lossWeight;
    private long samples;
    // of them those that were trained here, and not before an interruption
    private long timedSamples;
    private double seconds;

    /** Of an epoch that begins. */
    EpochTally() {}

    /** Of an epoch that goes on. */
    EpochTally(CourseState before) {
        lossSum = before.epochLossSum();
        lossWeight = before.epochLossWeight();
        samples = before.epochSamples();
    }

    /**
     * A step was made.
     *
     * @param rows samples of its batch
     */
    void add(int rows, LossSum loss, List<Double> gradientNorms) {
        samples += rows;
        timedSamples += rows;
        norms.add(gradientNorms);
        // a batch whose steps were left out says nothing about the loss; the others count by the weight of their
        // targets,
        // which with class weights and places that are left out differs from batch to batch
        if (Double.isFinite(loss.sum())) {
            lossSum += loss.sum();
            lossWeight += loss.weight();
        }
    }

    /** Its steps have taken so much more time. */
    void addTime(double more) {
        seconds += more;
    }

    double lossSum() {
        return lossSum;
    }

    double lossWeight() {
        return lossWeight;
    }

    /** Samples of its steps so far. */
    long samples() {
        return samples;
    }

    /** The mean loss so far. */
    double loss() {
        return lossSum / lossWeight;
    }

    /** Of the steps made here, since they were told last. */
    double samplesPerSecond() {
        return timedSamples / seconds;
    }

    /** Gradient norms since they were told last. */
    List<NormFigures> norms() {
        return norms.take();
    }

    /** Times are told; sums go on, for an epoch that is not whole. */
    void told() {
        timedSamples = 0;
        seconds = 0;
    }
}
