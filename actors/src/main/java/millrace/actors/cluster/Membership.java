package millrace.actors.cluster;

import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import millrace.actors.cluster.RecoveryFact.WorkerHere;
import millrace.actors.cluster.RecoveryOrder.AskWorker;
import millrace.actors.cluster.RecoveryOrder.ForgetRun;
import millrace.actors.cluster.RecoveryOrder.InterruptTrainer;
import millrace.actors.cluster.RecoveryOrder.ReleaseRanks;
import millrace.actors.cluster.RecoveryOrder.WatchWorker;
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
import millrace.actors.event.TrainingEvent;

/** Workers that come, are lost or want to go, and what that means for the run. */
final class Membership {
    private final KnownWorkers workers;
    private final Attempts attempts;
    private long askAgainAt;

    Membership(KnownWorkers workers, Attempts attempts) {
        this.workers = workers;
        this.attempts = attempts;
    }

    /** Those that are registered in the cluster now. */
    void registered(Set<ActorId> all, long now) {
        workers.registered(all);
        askUnheard(now);
    }

    /** Asks those again that have not answered, when it is time. */
    void timePassed(long now) {
        if (now - askAgainAt >= 0) {
            askUnheard(now);
        }
    }

    /** When it is, if there are such. */
    LongStream deadline() {
        return workers.unheard().isEmpty() ? LongStream.empty() : LongStream.of(askAgainAt);
    }

    private void askUnheard(long now) {
        workers.unheard().forEach(worker -> attempts.order(new AskWorker(worker)));
        askAgainAt = now + Recovery.ASK_AGAIN.toNanos();
    }

    void workerHere(WorkerHere here, long now) {
        boolean isNew = workers.add(here);
        if (isNew) {
            attempts.order(new WatchWorker(here.worker()));
        }
        Optional<RunOrder> known = here.known();
        if (known.isPresent() && attempts.endOf(known.get().id()).isPresent()) {
            // it was not there at the end
            attempts.order(new ForgetRun(here.worker(), known.get().id()));
        } else if (attempts.state() instanceof Idle && known.isPresent()) {
            attempts.gather(Run.of(known.get(), Optional.empty()), Recovery.SETTLE_ADOPTED, now);
            adopt(now);
        }
        if (attempts.state() instanceof Gathering gathering && isNew) {
            boolean begun =
                    known.map(RunOrder::id).equals(Optional.of(gathering.run().id()));
            if (begun && !gathering.run().told().begun()) {
                // the client has asked before the workers could say that another trainer had begun
                adopt(now);
            }
            attempts.readIfEnough(now);
        }
        if (isNew) {
            attempts.tryOut();
        }
    }

    /** The trainer before this one is gone. */
    private void adopt(long now) {
        if (attempts.state() instanceof Busy busy) {
            attempts.become(busy.with(busy.run().adopted()));
            attempts.tell(new TrainingEvent.Recovering("trainer lost"), now);
        }
    }

    void workerLost(ActorId worker, long now) {
        workers.remove(worker).ifPresent(lost -> {
            switch (attempts.state()) {
                case UnderWay underWay
                when underWay.attempt().shares().uses(worker) ->
                    attempts.recover("worker " + lost.address() + " lost", now);
                // what it had is gone, so the others are asked again
                case Resting resting
                when resting.asked().contains(worker) -> attempts.rests().ask(resting.run(), now);
                case Cutting cutting
                when cutting.asked().contains(worker) -> attempts.rests().ask(cutting.run(), now);
                case Idle _, Gathering _, Resting _, Cutting _, Reading _, UnderWay _, Ending _ -> {}
            }
        });
    }

    void workerLeaving(ActorId worker, long now) {
        workers.leaves(worker);
        if (!(attempts.state() instanceof Placed placed)
                || !placed.attempt().shares().uses(worker)) {
            attempts.order(new ReleaseRanks(worker, attempts.newestEpoch()));
            return;
        }
        switch (placed) {
            // nothing is trained yet that could be lost
            case Preparing _, Connecting _ -> attempts.recover("worker leaving", now);
            // a drain, with a checkpoint at its end; the ranks go on elsewhere
            case Training training ->
                attempts.order(new InterruptTrainer(training.attempt().runEpoch()));
            // released in a moment, with all others
            case Ending _ -> {}
        }
    }
}
