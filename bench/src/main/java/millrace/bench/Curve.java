package millrace.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.TrainingData;
import millrace.nn.infer.Evaluation;

/**
 * Test accuracy along a run, over samples and over seconds of training. The clock starts when the first batch's loss is
 * known, so actors that start and memory that is filled do not count; it stands still from the last loss before an
 * evaluation to its result, so backwards that are under way at that moment, the same few with every method, do not
 * count either. After an evaluation a line that flushes fills again, as it does after every batch. A stream trains on while
 * it is evaluated: the clock goes on, and a point is where the run was when it made the weights that were evaluated.
 */
final class Curve implements TrainingListener {
    /** Where the run was at an evaluation. */
    record Point(long step, long samples, double seconds, double accuracy, double loss) {}

    private final int batch;
    private final int samplesPerEpoch;
    private final LongSupplier nanoTime;
    private final List<Point> points = new ArrayList<>();
    // where the run was after the steps that may still be evaluated
    private final NavigableMap<Long, Place> places = new TreeMap<>();
    private long step;
    private long samples;
    private long stretchBegin;
    private long lastLoss;
    private double seconds;

    private record Place(long step, long samples, double seconds) {}

    /**
     * @param samplesPerEpoch size of the training set
     * @param nanoTime the clock, in nanoseconds
     */
    Curve(int batch, int samplesPerEpoch, LongSupplier nanoTime) {
        this.batch = batch;
        this.samplesPerEpoch = samplesPerEpoch;
        this.nanoTime = nanoTime;
    }

    @Override
    public void onEvent(TrainingEvent event) {
        switch (event) {
            case TrainingEvent.Step made -> trained(made);
            case TrainingEvent.EvaluationDone done -> evaluated(done.step(), done.evaluations());
            case TrainingEvent.EpochEnd end -> evaluated(end.step(), end.evaluations());
            default -> {}
        }
    }

    private void trained(TrainingEvent.Step made) {
        lastLoss = nanoTime.getAsLong();
        if (step == 0) {
            stretchBegin = lastLoss;
        }
        step++;
        samples = (made.epoch() - 1L) * samplesPerEpoch + Math.min(made.stepInEpoch() * batch, samplesPerEpoch);
        places.put(made.step(), new Place(step, samples, seconds + (lastLoss - stretchBegin) / 1e9));
    }

    private void evaluated(long after, Map<String, Evaluation> evaluations) {
        Place place = Objects.requireNonNull(places.get(after), "the step that was evaluated");
        if (after == places.lastKey()) {
            seconds = place.seconds;
            stretchBegin = nanoTime.getAsLong();
        }
        places.headMap(after, true).clear();
        Evaluation test = Objects.requireNonNull(evaluations.get(TrainingData.TEST), "a test set");
        points.add(new Point(place.step, place.samples, place.seconds, test.accuracy(), test.loss()));
    }

    /** The points so far. */
    List<Point> points() {
        return List.copyOf(points);
    }

    /** Where training stands, with accuracy and loss that are no numbers: the end of a run that diverged. */
    Point diverged() {
        return new Point(step, samples, seconds + Math.max(0, lastLoss - stretchBegin) / 1e9, Double.NaN, Double.NaN);
    }
}
