package millrace.actors.cluster;

import java.util.List;
import java.util.stream.Stream;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.Placed.WorkerRanks;

/**
 * What has been told of a run: steps that are made again after a failure give the same losses, and are not told twice. A
 * client is told over the network, so of the steps that it has not asked for it hears only now and then.
 */
final class RunLog {
    private static final long UNASKED_NANOS = 50_000_000;

    private long step;
    private long toldStep;
    private int toldEpoch;
    private long toldEvaluation;
    private double samplesPerSecond;
    private long lastStep;
    private boolean begun;
    private long lostAt;
    private List<TrainingEvent> latest = List.of();

    /** Whether a run epoch of this run has been under way. */
    boolean hasBegun() {
        return begun;
    }

    long step() {
        return step;
    }

    /** Of the epoch that was over last; NaN before. */
    double samplesPerSecond() {
        return samplesPerSecond;
    }

    /**
     * Whether the client should hear of it.
     *
     * @param order says which steps the client has asked for
     */
    boolean isNews(TrainingEvent event, RunOrder order) {
        return switch (event) {
            case TrainingEvent.Step made -> isNews(made.step(), order.tells(made.step()));
            case TrainingEvent.EpochEnd done -> {
                samplesPerSecond = done.samplesPerSecond();
                boolean news = done.epoch() > toldEpoch;
                toldEpoch = Math.max(toldEpoch, done.epoch());
                yield news;
            }
            case TrainingEvent.EvaluationDone(long at, var _) -> {
                boolean news = at > toldEvaluation;
                toldEvaluation = Math.max(toldEvaluation, at);
                yield news;
            }
            case TrainingEvent.Placed _, TrainingEvent.Recovering _, TrainingEvent.Noticed _ -> true;
            // the client begins the run and hears its end by another message: it tells its listener itself
            case TrainingEvent.Started _, TrainingEvent.Finished _ -> false;
        };
    }

    private boolean isNews(long made, boolean asked) {
        long now = System.nanoTime();
        step = made;
        boolean news = asked ? made > toldStep : now - lastStep >= UNASKED_NANOS;
        toldStep = asked ? Math.max(toldStep, made) : toldStep;
        lastStep = news ? now : lastStep;
        return news;
    }

    /** The run was begun by another trainer, which is gone. */
    TrainingEvent adopted() {
        begun = true;
        return recovering("trainer lost");
    }

    /** Something was lost that the run cannot go on without. */
    TrainingEvent recovering(String reason) {
        lostAt = lostAt == 0 ? System.nanoTime() : lostAt;
        TrainingEvent event = new TrainingEvent.Recovering(reason);
        latest = List.of(event);
        return event;
    }

    /** The last loss and the placement after it, for a client that comes later. */
    List<TrainingEvent> latest() {
        return latest;
    }

    /** Forgets the run. */
    void clear() {
        step = 0;
        toldStep = 0;
        toldEpoch = 0;
        toldEvaluation = 0;
        begun = false;
        lostAt = 0;
        latest = List.of();
    }

    /** The ranks are placed and about to train. */
    TrainingEvent.Placed placed(Attempt attempt, List<WorkerRanks> placement) {
        double seconds = lostAt == 0 ? 0 : (System.nanoTime() - lostAt) / 1e9;
        begun = true;
        lostAt = 0;
        TrainingEvent.Placed event = new TrainingEvent.Placed(
                attempt.runEpoch(), attempt.plan().start().step(), placement, seconds);
        latest = Stream.concat(latest.stream().filter(TrainingEvent.Recovering.class::isInstance), Stream.of(event))
                .toList();
        return event;
    }
}
