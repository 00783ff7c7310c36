package millrace.actors.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.LongStream;
import millrace.actors.cluster.CoordinatorProtocol.Status;
import millrace.actors.cluster.RecoveryFact.Beginning;
import millrace.actors.cluster.RecoveryFact.FolderRead;
import millrace.actors.cluster.RecoveryFact.FolderUnreadable;
import millrace.actors.cluster.RecoveryFact.InterruptAsked;
import millrace.actors.cluster.RecoveryFact.OutcomeRead;
import millrace.actors.cluster.RecoveryFact.OutcomeUnreadable;
import millrace.actors.cluster.RecoveryFact.Place;
import millrace.actors.cluster.RecoveryFact.PrepareFailed;
import millrace.actors.cluster.RecoveryFact.RankFailed;
import millrace.actors.cluster.RecoveryFact.RanksConnected;
import millrace.actors.cluster.RecoveryFact.RanksPrepared;
import millrace.actors.cluster.RecoveryFact.RunSubmitted;
import millrace.actors.cluster.RecoveryFact.Tick;
import millrace.actors.cluster.RecoveryFact.TrainerFailed;
import millrace.actors.cluster.RecoveryFact.TrainerFinished;
import millrace.actors.cluster.RecoveryFact.TrainerStalled;
import millrace.actors.cluster.RecoveryFact.TrainingHappened;
import millrace.actors.cluster.RecoveryFact.WorkerHere;
import millrace.actors.cluster.RecoveryFact.WorkerLeaving;
import millrace.actors.cluster.RecoveryFact.WorkerLost;
import millrace.actors.cluster.RecoveryFact.WorkersRegistered;
import millrace.actors.cluster.RecoveryOrder.AskWorker;
import millrace.actors.cluster.RecoveryOrder.BeginTraining;
import millrace.actors.cluster.RecoveryOrder.ConnectRanks;
import millrace.actors.cluster.RecoveryOrder.ForgetRun;
import millrace.actors.cluster.RecoveryOrder.InterruptTrainer;
import millrace.actors.cluster.RecoveryOrder.PrepareRanks;
import millrace.actors.cluster.RecoveryOrder.ReadFolder;
import millrace.actors.cluster.RecoveryOrder.ReadOutcome;
import millrace.actors.cluster.RecoveryOrder.ReleaseRanks;
import millrace.actors.cluster.RecoveryOrder.StartTrainer;
import millrace.actors.cluster.RecoveryOrder.StopTrainer;
import millrace.actors.cluster.RecoveryOrder.TellClient;
import millrace.actors.cluster.RecoveryOrder.WatchWorker;
import millrace.actors.cluster.RecoveryState.Attempt;
import millrace.actors.cluster.RecoveryState.Busy;
import millrace.actors.cluster.RecoveryState.Connecting;
import millrace.actors.cluster.RecoveryState.Ending;
import millrace.actors.cluster.RecoveryState.Gathering;
import millrace.actors.cluster.RecoveryState.Idle;
import millrace.actors.cluster.RecoveryState.Placed;
import millrace.actors.cluster.RecoveryState.Preparing;
import millrace.actors.cluster.RecoveryState.Reading;
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
 *   Idle ----------------------> Gathering -----> Reading -----> Preparing ---------> Connecting
 *    ^                             ^   ^                             |                    |  all
 *    |                             |   | no worker left              |  worker or rank    |  connected
 *    |                             |   +-----------------------------+  lost, no answer   v
 *    +-- outcome read -- Ending <--|--------------------------------------------------- Training
 *    |                             +--- worker or rank lost, stall, a worker leaves ------+
 *    +---- from anywhere: bad input, the same failure three times, no worker in a minute
 * </pre>
 *
 * <p>What makes it right: an answer counts only in the state that waits for it, and only with the run epoch (or the number
 * of the reading) of that state. Deadlines are part of a state as well, so a timer of an earlier one finds nothing.
 */
final class Recovery {
    /** Others that come at the same time, or go, are seen before the ranks are placed. */
    static final Duration SETTLE = Duration.ofMillis(500);
    /** The same for a run whose trainer is gone: its workers have to find the new one first. */
    static final Duration SETTLE_ADOPTED = Duration.ofSeconds(1);
    /** For workers to come, and for their answers. */
    static final Duration PATIENCE = Duration.ofSeconds(60);
    /** A node that has just come, or come back, may not be heard at once. */
    static final Duration ASK_AGAIN = Duration.ofSeconds(1);

    static final int SAME_FAILURES = 3;

    // more than clients and workers that have missed the end could still ask about
    private static final int REMEMBERED_ENDS = 100;

    private final KnownWorkers workers = new KnownWorkers();
    private final SequencedMap<String, ClientProtocol.End> ends = new LinkedHashMap<>();
    private final List<RecoveryOrder> orders = new ArrayList<>();
    private RecoveryState state = new Idle();
    private long newestEpoch;
    private long readings;
    private long askAgainAt;

    /**
     * Knows nothing yet.
     *
     * @param firstReading below the numbers of its readings: one that is made anew must not take the answers to the one
     *     before for its own
     */
    Recovery(long firstReading) {
        this.readings = firstReading;
    }

    /** How far it is. */
    RecoveryState state() {
        return state;
    }

    /**
     * Takes note of something.
     *
     * @param now by a clock that only goes forward, in nanoseconds
     * @return what is to be done about it, in this order
     */
    List<RecoveryOrder> on(RecoveryFact fact, long now) {
        orders.clear();
        switch (fact) {
            case Tick() -> timePassed(now);
            case WorkersRegistered(var all) -> {
                workers.registered(all);
                askUnheard(now);
            }
            case WorkerHere here -> workerHere(here, now);
            case WorkerLost(ActorId worker) -> workerLost(worker, now);
            case WorkerLeaving(ActorId worker) -> workerLeaving(worker, now);
            case RunSubmitted(RunOrder wanted, ActorId client) -> submitted(wanted, client, now);
            case InterruptAsked(String runId) -> interruptAsked(runId);
            case FolderRead(long reading, Beginning beginning) ->
                reading(reading).ifPresent(waiting -> prepare(waiting.run(), beginning, now));
            case FolderUnreadable(long reading, Failure failure) ->
                reading(reading).ifPresent(_ -> fail(failure));
            case RanksPrepared(long runEpoch, ActorId worker, var places) ->
                current(Preparing.class, runEpoch)
                        .filter(preparing -> preparing.waitsFor(worker, places))
                        .ifPresent(preparing -> ranksPrepared(preparing.prepared(places)));
            case RanksConnected(long runEpoch, ActorId worker) ->
                current(Connecting.class, runEpoch)
                        .ifPresent(connecting -> ranksConnected(connecting.connected(worker), now));
            case PrepareFailed(long runEpoch, ActorId _, Failure failure) ->
                current(UnderWay.class, runEpoch).ifPresent(_ -> {
                    if (failure.badInput()) {
                        fail(failure);
                    } else {
                        recoverUnlessRepeated(failure.reason(), now);
                    }
                });
            case RankFailed(long runEpoch, int rank, String reason) ->
                current(UnderWay.class, runEpoch)
                        .ifPresent(_ -> recoverUnlessRepeated("rank " + rank + " failed: " + reason, now));
            case TrainingHappened(long runEpoch, TrainingEvent event) ->
                current(Placed.class, runEpoch).ifPresent(_ -> tell(event, now));
            case TrainerFinished(long runEpoch, RunResult result) ->
                current(Training.class, runEpoch).ifPresent(training -> trainerFinished(training, result, now));
            case TrainerStalled(long runEpoch, String complaint) ->
                current(Training.class, runEpoch).ifPresent(_ -> recoverUnlessRepeated(complaint, now));
            case TrainerFailed(long runEpoch, Failure failure) ->
                current(UnderWay.class, runEpoch).ifPresent(_ -> fail(failure));
            case OutcomeRead(long runEpoch, ClientProtocol.Ended ended) ->
                current(Ending.class, runEpoch).ifPresent(_ -> end(ended));
            case OutcomeUnreadable(long runEpoch, Failure failure) ->
                current(Ending.class, runEpoch).ifPresent(_ -> fail(failure));
        }
        // Every fact says how late it is, not only a Tick. A Tick that was due when this fact came will not come any
        // more: after each fact the timer is set anew, for the next deadline after now.
        readIfEnough(now);
        return List.copyOf(orders);
    }

    /** When it has to be told that time has passed, on the clock of {@link #on}; empty when it waits for facts only. */
    OptionalLong deadline(long now) {
        LongStream asking = workers.unheard().isEmpty() ? LongStream.empty() : LongStream.of(askAgainAt);
        LongStream waiting = switch (state) {
            case Gathering gathering ->
                LongStream.of(gathering.settledAt() - now > 0 ? gathering.settledAt() : gathering.patientUntil());
            case Preparing preparing -> LongStream.of(preparing.patientUntil());
            case Connecting connecting -> LongStream.of(connecting.patientUntil());
            case Idle _, Reading _, Training _, Ending _ -> LongStream.empty();
        };
        // such a clock may run over from the largest number to the smallest: only differences count
        return LongStream.concat(asking, waiting).reduce((a, b) -> a - b < 0 ? a : b);
    }

    private void timePassed(long now) {
        if (now - askAgainAt >= 0) {
            askUnheard(now);
        }
        switch (state) {
            case Gathering gathering when now - gathering.patientUntil() >= 0 -> patienceOver(gathering);
            case Gathering _ -> readIfEnough(now);
            case Preparing preparing when now - preparing.patientUntil() >= 0 -> unanswered(now);
            case Connecting connecting when now - connecting.patientUntil() >= 0 -> unanswered(now);
            case Idle _, Reading _, Preparing _, Connecting _, Training _, Ending _ -> {}
        }
    }

    private void unanswered(long now) {
        recoverUnlessRepeated("workers: no answer within " + PATIENCE.toSeconds() + " s", now);
    }

    // ---- workers

    private void askUnheard(long now) {
        workers.unheard().forEach(worker -> orders.add(new AskWorker(worker)));
        askAgainAt = now + ASK_AGAIN.toNanos();
    }

    private void workerHere(WorkerHere here, long now) {
        boolean isNew = workers.add(here);
        if (isNew) {
            orders.add(new WatchWorker(here.worker()));
        }
        Optional<RunOrder> known = here.known();
        if (known.isPresent() && ends.containsKey(known.get().id())) {
            // it was not there at the end
            orders.add(new ForgetRun(here.worker(), known.get().id()));
        } else if (state instanceof Idle && known.isPresent()) {
            gather(Run.of(known.get(), Optional.empty()), SETTLE_ADOPTED, now);
            adopt(now);
        }
        if (state instanceof Gathering gathering && isNew) {
            boolean begun =
                    known.map(RunOrder::id).equals(Optional.of(gathering.run().id()));
            if (begun && !gathering.run().told().begun()) {
                // the client has asked before the workers could say that another trainer had begun
                adopt(now);
            }
            readIfEnough(now);
        }
    }

    /** The trainer before this one is gone. */
    private void adopt(long now) {
        if (state instanceof Busy busy) {
            state = busy.with(busy.run().adopted());
            tell(new TrainingEvent.Recovering("trainer lost"), now);
        }
    }

    private void workerLost(ActorId worker, long now) {
        workers.remove(worker)
                .filter(_ -> state instanceof UnderWay underWay
                        && underWay.attempt().shares().uses(worker))
                .ifPresent(lost -> recover("worker " + lost.address() + " lost", now));
    }

    private void workerLeaving(ActorId worker, long now) {
        workers.leaves(worker);
        if (!(state instanceof Placed placed) || !placed.attempt().shares().uses(worker)) {
            orders.add(new ReleaseRanks(worker, newestEpoch));
            return;
        }
        switch (placed) {
            // nothing is trained yet that could be lost
            case Preparing _, Connecting _ -> recover("worker leaving", now);
            // a drain, with a checkpoint at its end; the ranks go on elsewhere
            case Training training ->
                orders.add(new InterruptTrainer(training.attempt().runEpoch()));
            // released in a moment, with all others
            case Ending _ -> {}
        }
    }

    // ---- clients

    private void submitted(RunOrder wanted, ActorId client, long now) {
        Optional<ClientProtocol.End> end = Optional.ofNullable(ends.get(wanted.id()));
        if (state instanceof Busy busy && busy.run().id().equals(wanted.id())) {
            boolean isNew = !busy.run().client().equals(Optional.of(client));
            state = busy.with(busy.run().heardBy(client));
            orders.add(new TellClient(client, new ClientProtocol.Accepted(wanted.id())));
            if (isNew) {
                // what was told before there was anybody to hear it
                busy.run()
                        .told()
                        .latest()
                        .forEach(event ->
                                orders.add(new TellClient(client, new ClientProtocol.Happened(wanted.id(), event))));
            }
        } else if (end.isPresent()) {
            orders.add(new TellClient(client, end.get()));
        } else if (state instanceof Busy busy) {
            String reason = "run " + busy.run().id()
                    + " is under way (expected: one run at a time); wait for its end, or interrupt it";
            orders.add(new TellClient(client, new ClientProtocol.Failed(wanted.id(), reason, true)));
        } else {
            orders.add(new TellClient(client, new ClientProtocol.Accepted(wanted.id())));
            gather(Run.of(wanted, Optional.of(client)), SETTLE, now);
        }
    }

    private void interruptAsked(String runId) {
        if (state instanceof Busy busy && busy.run().id().equals(runId)) {
            state = busy.with(busy.run().interrupt());
            switch (busy) {
                case Gathering _ -> fail(new Failure("interrupted before it was under way", false));
                case Training training ->
                    orders.add(new InterruptTrainer(training.attempt().runEpoch()));
                // as soon as there is a trainer that can
                case Reading _, Preparing _, Connecting _ -> {}
                case Ending _ -> {}
            }
        }
    }

    /** How the run is going. */
    Status status() {
        Optional<Run> run = state instanceof Busy busy ? Optional.of(busy.run()) : Optional.empty();
        Optional<Attempt> attempt = state instanceof Placed placed ? Optional.of(placed.attempt()) : Optional.empty();
        ToldEvents told = run.map(Run::told).orElse(ToldEvents.NONE);
        return new Status(
                run.map(Run::id),
                state.phase(),
                attempt.map(Attempt::runEpoch).orElse(0L),
                told.known().step(),
                told.known().samplesPerSecond(),
                workers.status(attempt.map(Attempt::shares)));
    }

    private void tell(TrainingEvent event, long now) {
        if (state instanceof Busy busy) {
            Run run = busy.run();
            if (run.told().isNews(event, run.order(), now)) {
                run.client()
                        .ifPresent(client ->
                                orders.add(new TellClient(client, new ClientProtocol.Happened(run.id(), event))));
            }
            state = busy.with(run.tells(event, now));
        }
    }

    // ---- from one run epoch to the next

    private void gather(Run run, Duration settle, long now) {
        state = new Gathering(run, now + settle.toNanos(), now + PATIENCE.toNanos());
    }

    /** A run that begins waits for as many workers as were asked for; one that goes on takes those that are there. */
    private void readIfEnough(long now) {
        if (state instanceof Gathering(Run run, long settledAt, long _) && now - settledAt >= 0) {
            int wanted = run.told().begun() ? 1 : run.order().workers();
            if (workers.usable().size() >= wanted) {
                read(run);
            }
        }
    }

    private void patienceOver(Gathering gathering) {
        if (workers.usable().isEmpty()) {
            fail(new Failure(
                    "workers: none after " + PATIENCE.toSeconds()
                            + " s (expected: at least 1); start some: millrace node --join HOST:PORT",
                    false));
        } else {
            read(gathering.run());
        }
    }

    private void read(Run run) {
        readings++;
        state = new Reading(run, readings);
        orders.add(new ReadFolder(readings, run.order(), Math.max(newestEpoch, workers.newestEpoch())));
    }

    private void prepare(Run run, Beginning beginning, long now) {
        newestEpoch = Math.max(newestEpoch, beginning.runEpoch());
        SequencedMap<ActorId, Integer> capacities = workers.usable();
        if (capacities.isEmpty()) {
            gather(run, SETTLE, now);
            return;
        }
        Attempt attempt = new Attempt(beginning, WorkerShares.of(beginning.ranks(), capacities));
        state = new Preparing(run, attempt, now + PATIENCE.toNanos(), List.of());
        beginning
                .damaged()
                .forEach(damage -> tell(new TrainingEvent.Noticed(damage + "; the one before it is used"), now));
        attempt.shares()
                .ranks()
                .forEach((worker, ranks) -> orders.add(
                        new PrepareRanks(worker, attempt.runEpoch(), run.order(), ranks, beginning.checkpoint())));
    }

    private void ranksPrepared(Preparing preparing) {
        state = preparing;
        if (preparing.isComplete()) {
            Attempt attempt = preparing.attempt();
            List<Place> places = preparing.places();
            state = new Connecting(preparing.run(), attempt, preparing.patientUntil(), Set.of());
            orders.add(new StartTrainer(attempt.runEpoch(), preparing.run().order(), places));
            attempt.shares()
                    .users()
                    .forEach(worker -> orders.add(new ConnectRanks(worker, attempt.runEpoch(), places)));
        }
    }

    private void ranksConnected(Connecting connecting, long now) {
        state = connecting;
        if (connecting.isComplete()) {
            Run run = connecting.run();
            Attempt attempt = connecting.attempt();
            state = new Training(run, attempt);
            orders.add(new BeginTraining(attempt.runEpoch()));
            tell(
                    new TrainingEvent.Placed(
                            attempt.runEpoch(),
                            attempt.beginning().fromStep(),
                            workers.placement(attempt.shares()),
                            run.told().lostSeconds(now)),
                    now);
            if (run.interrupted()) {
                orders.add(new InterruptTrainer(attempt.runEpoch()));
            }
        }
    }

    private void recoverUnlessRepeated(String reason, long now) {
        if (state instanceof Busy busy) {
            Run failed = busy.run().failed(reason);
            state = busy.with(failed);
            if (failed.failures().times() >= SAME_FAILURES) {
                fail(new Failure(reason, false));
            } else {
                recover(reason, now);
            }
        }
    }

    private void recover(String reason, long now) {
        tell(new TrainingEvent.Recovering(reason), now);
        if (state instanceof Busy busy) {
            stopAttempt();
            gather(busy.run(), SETTLE, now);
        }
    }

    private void stopAttempt() {
        if (state instanceof Placed placed) {
            Attempt attempt = placed.attempt();
            if (!(placed instanceof Preparing)) {
                orders.add(new StopTrainer(attempt.runEpoch()));
            }
            attempt.shares().users().forEach(worker -> orders.add(new ReleaseRanks(worker, attempt.runEpoch())));
        }
    }

    // ---- the end

    private void trainerFinished(Training training, RunResult result, long now) {
        if (result.reason() == RunResult.Reason.INTERRUPTED && !training.run().interrupted()) {
            // not by a client, so for a worker that leaves
            recover("worker leaving", now);
        } else {
            state = new Ending(training.run(), training.attempt());
            orders.add(new ReadOutcome(
                    training.attempt().runEpoch(), training.run().order(), result));
        }
    }

    private void fail(Failure failure) {
        if (state instanceof Busy busy) {
            end(new ClientProtocol.Failed(busy.run().id(), failure.reason(), failure.badInput()));
        }
    }

    private void end(ClientProtocol.End end) {
        if (state instanceof Busy busy) {
            stopAttempt();
            busy.run().client().ifPresent(client -> orders.add(new TellClient(client, end)));
            workers.heard().forEach(worker -> orders.add(new ForgetRun(worker, end.runId())));
            ends.put(end.runId(), end);
            if (ends.size() > REMEMBERED_ENDS) {
                ends.pollFirstEntry();
            }
            state = new Idle();
        }
    }

    // ---- guards

    private Optional<Reading> reading(long number) {
        return Optional.of(state)
                .filter(Reading.class::isInstance)
                .map(Reading.class::cast)
                .filter(reading -> reading.reading() == number);
    }

    /** The state, if it is one that waits for this kind of answer, and this run epoch. */
    private <S extends Placed> Optional<S> current(Class<S> wanted, long runEpoch) {
        return Optional.of(state)
                .filter(wanted::isInstance)
                .map(wanted::cast)
                .filter(placed -> placed.attempt().runEpoch() == runEpoch);
    }
}
