package millrace.actors.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import millrace.actors.cluster.CoordinatorProtocol.Status;
import millrace.actors.cluster.RecoveryFact.Beginning;
import millrace.actors.cluster.RecoveryFact.CutSaved;
import millrace.actors.cluster.RecoveryFact.FolderRead;
import millrace.actors.cluster.RecoveryFact.FolderUnreadable;
import millrace.actors.cluster.RecoveryFact.InterruptAsked;
import millrace.actors.cluster.RecoveryFact.OutcomeRead;
import millrace.actors.cluster.RecoveryFact.OutcomeUnreadable;
import millrace.actors.cluster.RecoveryFact.PrepareFailed;
import millrace.actors.cluster.RecoveryFact.RankFailed;
import millrace.actors.cluster.RecoveryFact.RanksConnected;
import millrace.actors.cluster.RecoveryFact.RanksPrepared;
import millrace.actors.cluster.RecoveryFact.RanksRest;
import millrace.actors.cluster.RecoveryFact.RunSubmitted;
import millrace.actors.cluster.RecoveryFact.StagesCut;
import millrace.actors.cluster.RecoveryFact.Tick;
import millrace.actors.cluster.RecoveryFact.TrainerFailed;
import millrace.actors.cluster.RecoveryFact.TrainerFinished;
import millrace.actors.cluster.RecoveryFact.TrainerStalled;
import millrace.actors.cluster.RecoveryFact.TrainingHappened;
import millrace.actors.cluster.RecoveryFact.WorkerHere;
import millrace.actors.cluster.RecoveryFact.WorkerLeaving;
import millrace.actors.cluster.RecoveryFact.WorkerLost;
import millrace.actors.cluster.RecoveryFact.WorkersRegistered;
import millrace.actors.cluster.RecoveryState.Attempt;
import millrace.actors.cluster.RecoveryState.Busy;
import millrace.actors.cluster.RecoveryState.Connecting;
import millrace.actors.cluster.RecoveryState.Cutting;
import millrace.actors.cluster.RecoveryState.Ending;
import millrace.actors.cluster.RecoveryState.Gathering;
import millrace.actors.cluster.RecoveryState.Idle;
import millrace.actors.cluster.RecoveryState.Placed;
import millrace.actors.cluster.RecoveryState.Preparing;
import millrace.actors.cluster.RecoveryState.Reading;
import millrace.actors.cluster.RecoveryState.Resting;
import millrace.actors.cluster.RecoveryState.Run;
import millrace.actors.cluster.RecoveryState.Training;
import millrace.actors.cluster.RecoveryState.UnderWay;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;

/**
 * Decides how a run is kept alive: which workers get its ranks, when a trainer may begin, what a loss leads to, when it is
 * over. It knows no actors, no threads and no clock: it is told facts, one after the other, and answers each with orders.
 * So every history of deaths, returns and answers that come late, twice or never can be played to it in a test.
 *
 * <pre>
 *            submitted,                  enough            folder              all ranks
 *            or known to a worker        workers           read                made
 *   Idle ----------------------> Gathering --+--> Reading -----> Preparing ---------> Connecting
 *    ^                             ^   ^     |       ^               |                    |  all
 *    |                             |   | no worker left              |  worker or rank    |  connected
 *    |                             |   +-----|-------|---------------+  lost, no answer   v
 *    +-- outcome read -- Ending <--|--------------------------------------------------- Training
 *    |                             +---------|-------|- worker or rank lost, stall, ------+
 *    |                                       v       |  a worker leaves or joins
 *    |                     of ranks that     Resting -> Cutting
 *    |                     step together
 *    +---- from anywhere: bad input, the same failure three times, no worker in a minute
 * </pre>
 *
 * <p>What makes it right: an answer counts only in the state that waits for it, and only with the run epoch (or the number
 * of the reading) of that state. Deadlines are part of a state as well, so a timer of an earlier one finds nothing.
 */
final class Recovery {
    /** Others that come at the same time, or go, are seen before the ranks are placed. */
    static final Duration SETTLE = Duration.ofMillis(500);
    /** The same after a loss: two that end together are noticed together, and one that is noticed later only begins another. */
    static final Duration SETTLE_LOST = Duration.ofMillis(50);
    /** The same for a run whose trainer is gone: its workers have to find the new one first. */
    static final Duration SETTLE_ADOPTED = Duration.ofSeconds(1);
    /** For workers to come, and for their answers. */
    static final Duration PATIENCE = Duration.ofSeconds(60);
    /** For workers whose ranks come to rest: one that has ended is noticed in less. */
    static final Duration PATIENCE_AT_REST = Duration.ofSeconds(20);
    /** A node that has just come, or come back, may not be heard at once. */
    static final Duration ASK_AGAIN = Duration.ofSeconds(1);
    /** So often in a row the same failure ends a run. */
    static final int SAME_FAILURES = 3;

    private final KnownWorkers workers = new KnownWorkers();
    private final Attempts attempts;
    private final Membership membership;
    private final Submissions submissions;

    /**
     * Knows nothing yet.
     *
     * @param firstReading below the numbers of its readings: one that is made anew must not take the answers to the one
     *     before for its own
     */
    Recovery(long firstReading) {
        this.attempts = new Attempts(workers, firstReading);
        this.membership = new Membership(workers, attempts);
        this.submissions = new Submissions(attempts);
    }

    /** How far it is. */
    RecoveryState state() {
        return attempts.state();
    }

    /**
     * Takes note of something.
     *
     * @param now by a clock that only goes forward, in nanoseconds
     * @return what is to be done about it, in this order
     */
    List<RecoveryOrder> on(RecoveryFact fact, long now) {
        switch (fact) {
            case Tick() -> timePassed(now);
            case WorkersRegistered(var all) -> membership.registered(all, now);
            case WorkerHere here -> membership.workerHere(here, now);
            case WorkerLost(ActorId worker) -> membership.workerLost(worker, now);
            case WorkerLeaving(ActorId worker) -> membership.workerLeaving(worker, now);
            case RunSubmitted(RunOrder wanted, ActorId client) -> submissions.submitted(wanted, client, now);
            case InterruptAsked(String runId) -> submissions.interruptAsked(runId);
            case RanksRest(long question, ActorId worker, AtRest rest) -> {
                if (attempts.state() instanceof Resting resting
                        && resting.question() == question
                        && resting.asked().contains(worker)) {
                    attempts.rests().rested(resting, worker, rest, now);
                }
            }
            case StagesCut(long question, ActorId worker, var files) -> {
                if (attempts.state() instanceof Cutting cutting
                        && cutting.question() == question
                        && cutting.asked().contains(worker)) {
                    attempts.rests().cut(cutting, worker, files, now);
                }
            }
            case FolderRead(long reading, Beginning beginning) ->
                reading(reading).ifPresent(waiting -> attempts.prepare(waiting.run(), beginning, now));
            case FolderUnreadable(long reading, Failure failure) ->
                reading(reading).ifPresent(_ -> attempts.fail(failure));
            case RanksPrepared(long runEpoch, ActorId worker, var places) -> {
                current(Preparing.class, runEpoch)
                        .filter(preparing -> preparing.waitsFor(worker, places))
                        .ifPresent(preparing -> attempts.ranksPrepared(preparing.prepared(places)));
                current(Training.class, runEpoch).ifPresent(training -> attempts.joins(training, worker, now));
            }
            case RanksConnected(long runEpoch, ActorId worker) ->
                current(Connecting.class, runEpoch)
                        .ifPresent(connecting -> attempts.ranksConnected(connecting.connected(worker), now));
            case PrepareFailed(long runEpoch, ActorId worker, Failure failure) ->
                current(UnderWay.class, runEpoch)
                        .ifPresent(underWay -> attempts.notPrepared(underWay, worker, failure, now));
            case RankFailed(long runEpoch, int rank, String reason) ->
                current(UnderWay.class, runEpoch)
                        .ifPresent(_ -> attempts.recoverUnlessRepeated("rank " + rank + " failed: " + reason, now));
            case TrainingHappened(long runEpoch, TrainingEvent event) ->
                current(Placed.class, runEpoch).ifPresent(_ -> attempts.tell(event, now));
            case CutSaved(long runEpoch, long step) ->
                current(Placed.class, runEpoch).ifPresent(placed -> attempts.keepCut(placed, step));
            case TrainerFinished(long runEpoch, RunResult result) ->
                current(Training.class, runEpoch)
                        .ifPresent(training -> attempts.trainerFinished(training, result, now));
            case TrainerStalled(long runEpoch, String complaint) ->
                current(Training.class, runEpoch).ifPresent(_ -> attempts.recoverUnlessRepeated(complaint, now));
            case TrainerFailed(long runEpoch, Failure failure) ->
                current(UnderWay.class, runEpoch).ifPresent(_ -> attempts.fail(failure));
            case OutcomeRead(long runEpoch, ClientProtocol.Ended ended) ->
                current(Ending.class, runEpoch).ifPresent(_ -> attempts.end(ended));
            case OutcomeUnreadable(long runEpoch, Failure failure) ->
                current(Ending.class, runEpoch).ifPresent(_ -> attempts.fail(failure));
        }
        // Every fact says how late it is, not only a Tick. A Tick that was due when this fact came will not come any
        // more: after each fact the timer is set anew, for the next deadline after now.
        attempts.readIfEnough(now);
        return attempts.takeOrders();
    }

    /** When it has to be told that time has passed, on the clock of {@link #on}; empty when it waits for facts only. */
    OptionalLong deadline(long now) {
        LongStream waiting = switch (attempts.state()) {
            case Gathering gathering ->
                LongStream.of(gathering.settledAt() - now > 0 ? gathering.settledAt() : gathering.patientUntil());
            case Resting resting -> LongStream.of(resting.patientUntil());
            case Cutting cutting -> LongStream.of(cutting.patientUntil());
            case Preparing preparing -> LongStream.of(preparing.patientUntil());
            case Connecting connecting -> LongStream.of(connecting.patientUntil());
            case Idle _, Reading _, Training _, Ending _ -> LongStream.empty();
        };
        // such a clock may run over from the largest number to the smallest: only differences count
        return LongStream.concat(membership.deadline(), waiting).reduce((a, b) -> a - b < 0 ? a : b);
    }

    private void timePassed(long now) {
        membership.timePassed(now);
        switch (attempts.state()) {
            case Gathering gathering when now - gathering.patientUntil() >= 0 -> attempts.patienceOver(gathering, now);
            case Gathering _ -> attempts.readIfEnough(now);
            case Resting resting
            when now - resting.patientUntil() >= 0 -> attempts.rests().allRested(resting, now);
            case Cutting cutting
            when now - cutting.patientUntil() >= 0 -> attempts.rests().allCut(cutting, now);
            case Preparing preparing when now - preparing.patientUntil() >= 0 -> unanswered(now);
            case Connecting connecting when now - connecting.patientUntil() >= 0 -> unanswered(now);
            case Idle _, Resting _, Cutting _, Reading _, Preparing _, Connecting _, Training _, Ending _ -> {}
        }
    }

    private void unanswered(long now) {
        attempts.recoverUnlessRepeated("workers: no answer within " + PATIENCE.toSeconds() + " s", now);
    }

    /** The workers of a node, host:port, that it knows. */
    List<ActorId> workersAt(String address) {
        return workers.at(address);
    }

    /** How the run is going. */
    Status status() {
        Optional<Run> run = attempts.state() instanceof Busy busy ? Optional.of(busy.run()) : Optional.empty();
        Optional<Attempt> attempt =
                attempts.state() instanceof Placed placed ? Optional.of(placed.attempt()) : Optional.empty();
        ToldEvents told = run.map(Run::told).orElse(ToldEvents.NONE);
        return new Status(
                run.map(Run::id),
                attempts.state().phase(),
                attempt.map(Attempt::runEpoch).orElse(0L),
                told.known().step(),
                told.known().samplesPerSecond(),
                workers.status(attempt.map(Attempt::shares)));
    }

    private Optional<Reading> reading(long number) {
        return Optional.of(attempts.state())
                .filter(Reading.class::isInstance)
                .map(Reading.class::cast)
                .filter(reading -> reading.reading() == number);
    }

    /** The state, if it is one that waits for this kind of answer, and this run epoch. */
    private <S extends Placed> Optional<S> current(Class<S> wanted, long runEpoch) {
        return Optional.of(attempts.state())
                .filter(wanted::isInstance)
                .map(wanted::cast)
                .filter(placed -> placed.attempt().runEpoch() == runEpoch);
    }
}
