package millrace.actors.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import millrace.actors.cluster.RecoveryFact.Beginning;
import millrace.actors.cluster.RecoveryFact.Place;
import millrace.actors.cluster.RecoveryOrder.BeginTraining;
import millrace.actors.cluster.RecoveryOrder.ConnectRanks;
import millrace.actors.cluster.RecoveryOrder.ForgetRun;
import millrace.actors.cluster.RecoveryOrder.InterruptTrainer;
import millrace.actors.cluster.RecoveryOrder.KeepCut;
import millrace.actors.cluster.RecoveryOrder.PrepareRanks;
import millrace.actors.cluster.RecoveryOrder.ReadFolder;
import millrace.actors.cluster.RecoveryOrder.ReadOutcome;
import millrace.actors.cluster.RecoveryOrder.ReleaseRanks;
import millrace.actors.cluster.RecoveryOrder.StartTrainer;
import millrace.actors.cluster.RecoveryOrder.StopTrainer;
import millrace.actors.cluster.RecoveryOrder.TellClient;
import millrace.actors.cluster.RecoveryOrder.TryOut;
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
 * A run on its way from one run epoch to the next, and to its end: the state of {@link Recovery}, its transitions, and what
 * they order.
 */
final class Attempts {
    // more than clients and workers that have missed the end could still ask about
    private static final int REMEMBERED_ENDS = 100;

    private final KnownWorkers workers;
    private final Rests rests;
    private final SequencedMap<String, ClientProtocol.End> ends = new LinkedHashMap<>();
    private final List<RecoveryOrder> orders = new ArrayList<>();
    private RecoveryState state = new Idle();
    // where the ranks of the run were last: what is in memory there need not come from elsewhere
    private Optional<WorkerShares> last = Optional.empty();
    private boolean together;
    // the same has failed twice after going on with what is in memory
    private boolean distrusted;
    // workers that have come since ranks were placed: those that were asked whether they could take some, and that
    // could
    private final Set<ActorId> tried = new HashSet<>();
    private final Set<ActorId> accepted = new HashSet<>();
    private long newestEpoch;
    private long readings;

    /**
     * @param firstReading below the numbers of its readings
     */
    Attempts(KnownWorkers workers, long firstReading) {
        this.workers = workers;
        this.readings = firstReading;
        this.rests = new Rests(workers, this);
    }

    RecoveryState state() {
        return state;
    }

    /** The same run in the same state, changed. */
    void become(RecoveryState next) {
        state = next;
    }

    /** What a run goes on from that has lost something. */
    Rests rests() {
        return rests;
    }

    /** The number of a question: above those of all before. */
    long nextNumber() {
        readings++;
        return readings;
    }

    void order(RecoveryOrder order) {
        orders.add(order);
    }

    /** What has been ordered since this was asked. */
    List<RecoveryOrder> takeOrders() {
        List<RecoveryOrder> taken = List.copyOf(orders);
        orders.clear();
        return taken;
    }

    /** The newest run epoch that it has begun. */
    long newestEpoch() {
        return newestEpoch;
    }

    /** What a run that is over came to, as far as it is remembered. */
    Optional<ClientProtocol.End> endOf(String runId) {
        return Optional.ofNullable(ends.get(runId));
    }

    void tell(TrainingEvent event, long now) {
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

    void gather(Run run, Duration settle, long now) {
        state = new Gathering(run, now + settle.toNanos(), now + Recovery.PATIENCE.toNanos());
    }

    /** A run that begins waits for as many workers as were asked for; one that goes on takes those that are there. */
    void readIfEnough(long now) {
        if (state instanceof Gathering(Run run, long settledAt, long _) && now - settledAt >= 0) {
            int wanted = run.told().begun() ? 1 : run.order().workers();
            if (workers.usable().size() >= wanted) {
                goOn(run, now);
            }
        }
    }

    void patienceOver(Gathering gathering, long now) {
        if (workers.usable().isEmpty()) {
            fail(new Failure(
                    "workers: none after " + Recovery.PATIENCE.toSeconds()
                            + " s (expected: at least 1); start some: millrace node --join HOST:PORT",
                    false));
        } else {
            goOn(gathering.run(), now);
        }
    }

    /** With what is left in memory, if that may be the state of a run. */
    private void goOn(Run run, long now) {
        boolean left = run.told().begun() && (together || workers.haveTogether(run.id()));
        if (left && !distrusted) {
            rests.ask(run, now);
        } else {
            read(run, Optional.empty());
        }
    }

    /** Where ranks were found, by who has not placed them. */
    void found(WorkerShares hosted) {
        last = last.or(() -> Optional.of(hosted))
                .filter(shares -> !shares.users().isEmpty());
    }

    /**
     * Begins the next run epoch.
     *
     * @param live what workers hold; without it the newest checkpoint counts
     */
    void read(Run run, Optional<LiveCut> live) {
        long reading = nextNumber();
        state = new Reading(run, reading);
        orders.add(new ReadFolder(reading, run.order(), usedEpoch(), live));
    }

    /** The newest run epoch that anybody is known to have begun. */
    long usedEpoch() {
        return Math.max(newestEpoch, workers.newestEpoch());
    }

    void prepare(Run run, Beginning beginning, long now) {
        newestEpoch = Math.max(newestEpoch, beginning.runEpoch());
        SequencedMap<ActorId, Integer> capacities = workers.usable();
        if (capacities.isEmpty()) {
            gather(run, Recovery.SETTLE, now);
            return;
        }
        Attempt attempt = new Attempt(
                beginning,
                last.map(before -> next(before, beginning, capacities))
                        .orElseGet(() -> WorkerShares.of(beginning.ranks(), capacities)));
        last = Optional.of(attempt.shares());
        together = beginning.together();
        state = new Preparing(run, attempt, now + Recovery.PATIENCE.toNanos(), List.of());
        beginning
                .damaged()
                .forEach(damage -> tell(new TrainingEvent.Noticed(damage + "; the one before it is used"), now));
        attempt.shares()
                .ranks()
                .forEach((worker, ranks) -> orders.add(new PrepareRanks(
                        worker, attempt.runEpoch(), run.order(), ranks, beginning.checkpoint(), beginning.live())));
    }

    /**
     * Ranks that begin with what workers hold do so where that is, and where somebody was {@link #tryOut tried out}: another
     * worker has to read and to learn much first, and perhaps cannot.
     */
    private WorkerShares next(WorkerShares before, Beginning beginning, SequencedMap<ActorId, Integer> capacities) {
        SequencedMap<ActorId, Integer> ready = new LinkedHashMap<>(capacities);
        if (beginning.live().isPresent()) {
            ready.keySet().removeIf(worker -> !before.uses(worker) && !accepted.contains(worker));
        }
        return ready.isEmpty()
                ? before.after(beginning.ranks(), capacities, beginning.alike())
                : before.after(beginning.ranks(), ready, beginning.alike()).beside(capacities.keySet());
    }

    void ranksPrepared(Preparing preparing) {
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

    void ranksConnected(Connecting connecting, long now) {
        state = connecting;
        if (connecting.isComplete()) {
            Run run = connecting.run();
            Attempt attempt = connecting.attempt();
            state = new Training(run, attempt);
            distrusted = false;
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
            tryOut();
        }
    }

    /**
     * Workers that have come and would get ranks are asked whether they could take some: where ranks step together that costs no
     * more than the batch that is under way.
     */
    void tryOut() {
        if (state instanceof Training(Run run, Attempt attempt)
                && attempt.beginning().together()) {
            Beginning beginning = attempt.beginning();
            WorkerShares next = attempt.shares().after(beginning.ranks(), workers.usable(), beginning.alike());
            next.users().stream()
                    .filter(worker -> !attempt.shares().uses(worker) && tried.add(worker))
                    .forEach(
                            worker -> orders.add(new TryOut(worker, attempt.runEpoch(), run.order(), next.of(worker))));
        }
    }

    /** A worker that was asked could take some. */
    void joins(Training training, ActorId worker, long now) {
        if (!training.attempt().shares().uses(worker) && tried.contains(worker) && accepted.add(worker)) {
            recover("worker " + workers.address(worker) + " joined", now);
        }
    }

    /** A worker could not make ranks. */
    void notPrepared(UnderWay underWay, ActorId worker, Failure failure, long now) {
        if (underWay instanceof Training training
                && !training.attempt().shares().uses(worker)) {
            // nobody needs it: the run goes on without
            tell(new TrainingEvent.Noticed(workers.address(worker) + " takes no part: " + failure.reason()), now);
        } else if (failure.badInput()) {
            fail(failure);
        } else {
            recoverUnlessRepeated(failure.reason(), now);
        }
    }

    void recoverUnlessRepeated(String reason, long now) {
        if (state instanceof Busy busy) {
            Run failed = busy.run().failed(reason);
            distrusted = failed.failures().times() > 1
                    && busy instanceof Placed placed
                    && placed.attempt().beginning().live().isPresent();
            state = busy.with(failed);
            if (failed.failures().times() >= Recovery.SAME_FAILURES) {
                fail(new Failure(reason, false));
            } else {
                recover(reason, now);
            }
        }
    }

    void recover(String reason, long now) {
        tell(new TrainingEvent.Recovering(reason), now);
        if (state instanceof Busy busy) {
            stopAttempt();
            gather(busy.run(), Recovery.SETTLE_LOST, now);
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

    /** What was saved need not be read from the disk, even if it is lost with the worker that has written it. */
    void keepCut(Placed placed, long step) {
        Run run = placed.run();
        placed.attempt()
                .shares()
                .copied(run.order().copies())
                .forEach((worker, of) -> orders.add(new KeepCut(worker, run.id(), step, of)));
    }

    void trainerFinished(Training training, RunResult result, long now) {
        if (result.reason() == RunResult.Reason.INTERRUPTED && !training.run().interrupted()) {
            // not by a client, so for a worker that leaves
            recover("worker leaving", now);
        } else {
            state = new Ending(training.run(), training.attempt());
            orders.add(new ReadOutcome(
                    training.attempt().runEpoch(), training.run().order(), result));
        }
    }

    void fail(Failure failure) {
        if (state instanceof Busy busy) {
            end(new ClientProtocol.Failed(busy.run().id(), failure.reason(), failure.badInput()));
        }
    }

    void end(ClientProtocol.End end) {
        if (state instanceof Busy busy) {
            stopAttempt();
            busy.run().client().ifPresent(client -> orders.add(new TellClient(client, end)));
            workers.heard().forEach(worker -> orders.add(new ForgetRun(worker, end.runId())));
            ends.put(end.runId(), end);
            if (ends.size() > REMEMBERED_ENDS) {
                ends.pollFirstEntry();
            }
            state = new Idle();
            last = Optional.empty();
            together = false;
            distrusted = false;
            tried.clear();
            accepted.clear();
        }
    }
}
