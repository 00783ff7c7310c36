package millrace.actors.cluster;

import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import millrace.actors.event.TrainingEvent;

/**
 * What has been told of a run: steps that are made again after a failure give the same losses, and are not told twice. A
 * client is told over the network, so of the steps that it has not asked for it hears only now and then.
 *
 * @param begun whether a run epoch of this run has been under way
 * @param lostAt since when the run stands still because something was lost
 * @param latest what was lost last, and where the ranks went after it, for a client that comes later
 * @param known how far the run has come, as far as it was told
 */
record ToldEvents(boolean begun, OptionalLong lostAt, List<TrainingEvent> latest, Known known) {
    /** Nothing has been told. */
    static final ToldEvents NONE =
            new ToldEvents(false, OptionalLong.empty(), List.of(), new Known(0, 0, OptionalLong.empty(), 0, 0, 0));

    private static final long UNASKED_NANOS = 50_000_000;

    /**
     * How far the run has come.
     *
     * @param step that was made last
     * @param toldStep the highest one that the client has asked for and heard of
     * @param toldStepAt when it heard of a step last
     * @param toldEpoch the highest one that it heard the end of
     * @param toldEvaluation the highest step at which it heard of an evaluation within an epoch
     * @param samplesPerSecond of the epoch that was over last, 0 before
     */
    record Known(
            long step,
            long toldStep,
            OptionalLong toldStepAt,
            int toldEpoch,
            long toldEvaluation,
            double samplesPerSecond) {
        private Known made(long at, boolean asked, OptionalLong toldAt) {
            long highest = asked ? Math.max(toldStep, at) : toldStep;
            return new Known(at, highest, toldAt, toldEpoch, toldEvaluation, samplesPerSecond);
        }

        private Known over(int epoch, double rate) {
            return new Known(step, toldStep, toldStepAt, Math.max(toldEpoch, epoch), toldEvaluation, rate);
        }

        private Known evaluated(long at) {
            return new Known(step, toldStep, toldStepAt, toldEpoch, Math.max(toldEvaluation, at), samplesPerSecond);
        }
    }

    /**
     * Whether the client should hear of it.
     *
     * @param order says which steps the client has asked for
     */
    boolean isNews(TrainingEvent event, RunOrder order, long now) {
        return switch (event) {
            case TrainingEvent.Step made when order.tells(made.step()) -> made.step() > known.toldStep;
            case TrainingEvent.Step _ ->
                known.toldStepAt.isEmpty() || now - known.toldStepAt.getAsLong() >= UNASKED_NANOS;
            case TrainingEvent.EpochEnd done -> done.epoch() > known.toldEpoch;
            case TrainingEvent.EvaluationDone evaluated -> evaluated.step() > known.toldEvaluation;
            case TrainingEvent.Placed _, TrainingEvent.Recovering _, TrainingEvent.Noticed _ -> true;
            // the client begins the run and hears its end by another message: it tells its listener itself
            case TrainingEvent.Started _, TrainingEvent.Finished _ -> false;
        };
    }

    /** What has been told after this. */
    ToldEvents and(TrainingEvent event, RunOrder order, long now) {
        return switch (event) {
            case TrainingEvent.Step made ->
                with(known.made(
                        made.step(),
                        order.tells(made.step()),
                        isNews(made, order, now) ? OptionalLong.of(now) : known.toldStepAt));
            case TrainingEvent.EpochEnd done -> with(known.over(done.epoch(), done.samplesPerSecond()));
            case TrainingEvent.EvaluationDone evaluated -> with(known.evaluated(evaluated.step()));
            case TrainingEvent.Recovering _ ->
                new ToldEvents(begun, lostAt.isPresent() ? lostAt : OptionalLong.of(now), List.of(event), known);
            case TrainingEvent.Placed _ ->
                new ToldEvents(
                        true,
                        OptionalLong.empty(),
                        Stream.concat(
                                        latest.stream().filter(TrainingEvent.Recovering.class::isInstance),
                                        Stream.of(event))
                                .toList(),
                        known);
            case TrainingEvent.Noticed _, TrainingEvent.Started _, TrainingEvent.Finished _ -> this;
        };
    }

    private ToldEvents with(Known now) {
        return new ToldEvents(begun, lostAt, latest, now);
    }

    /** The same of a run that another trainer has begun. */
    ToldEvents adopted() {
        return new ToldEvents(true, lostAt, latest, known);
    }

    /** For how long the run has stood still; 0 when nothing was lost. */
    double lostSeconds(long now) {
        return lostAt.isPresent() ? (now - lostAt.getAsLong()) / 1e9 : 0;
    }
}
