package millrace.actors.cluster;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import millrace.actors.cluster.ClientProtocol.Accepted;
import millrace.actors.cluster.ClientProtocol.Happened;
import millrace.actors.cluster.RecoveryFact.InterruptAsked;
import millrace.actors.cluster.RecoveryFact.OutcomeRead;
import millrace.actors.cluster.RecoveryFact.RanksConnected;
import millrace.actors.cluster.RecoveryFact.RunSubmitted;
import millrace.actors.cluster.RecoveryFact.Tick;
import millrace.actors.cluster.RecoveryFact.WorkerLeaving;
import millrace.actors.cluster.RecoveryFact.WorkerLost;
import millrace.actors.cluster.RecoveryFact.WorkersRegistered;
import millrace.actors.cluster.RecoveryOrder.AskWorker;
import millrace.actors.cluster.RecoveryOrder.BeginTraining;
import millrace.actors.cluster.RecoveryOrder.ForgetRun;
import millrace.actors.cluster.RecoveryOrder.InterruptTrainer;
import millrace.actors.cluster.RecoveryOrder.ReadFolder;
import millrace.actors.cluster.RecoveryOrder.ReleaseRanks;
import millrace.actors.cluster.RecoveryOrder.TellClient;
import millrace.actors.cluster.RecoveryOrder.WatchWorker;
import millrace.actors.cluster.RecoveryState.Gathering;
import millrace.actors.cluster.RecoveryState.Idle;
import millrace.actors.cluster.RecoveryState.Reading;
import millrace.actors.cluster.RecoveryState.Run;
import millrace.actors.cluster.RecoveryState.Training;
import millrace.actors.event.TrainingEvent.Recovering;

/** What {@link Recovery} does when time passes, workers come and go, and clients ask. */
final class RecoveryRows extends RecoveryFixture {
    private RecoveryRows() {}

    static Stream<Case> time() {
        String silent = "workers: no answer within 60 s";
        return Stream.<Stream<Case>>of(
                        nothing(new Tick(), Given.values()),
                        Stream.of(
                                // who is registered and not heard is asked again, once a second
                                when(Given.IDLE, new Tick()).after(new WorkersRegistered(Set.of(A, B, C))),
                                when(Given.GATHERING, new Tick())
                                        .at(SETTLED)
                                        .orders(new ReadFolder(FIRST, ORDER, 0))
                                        .then(new Reading(submitted(), FIRST)),
                                when(Given.GATHERING, new Tick()).at(SETTLED).after(new WorkerLost(A)),
                                when(Given.GATHERING, new Tick())
                                        .at(IMPATIENT)
                                        .after(new WorkerLost(A), new WorkersRegistered(Set.of(B)))
                                        .orders(new ReadFolder(FIRST, ORDER, 0))
                                        .then(new Reading(submitted(), FIRST)),
                                when(Given.GATHERING, new Tick())
                                        .at(IMPATIENT)
                                        .after(new WorkerLost(A), new WorkerLost(B), new WorkersRegistered(Set.of()))
                                        .orders(fails(new Failure(
                                                "workers: none after 60 s (expected: at least 1); start some: millrace"
                                                        + " node --join HOST:PORT",
                                                false)))
                                        .then(new Idle()),
                                when(Given.PREPARING, new Tick())
                                        .at(BEGUN + seconds(60))
                                        .orders(all(tells(new Recovering(silent)), released()))
                                        .then(gatheringAgain(
                                                recovering(submitted().failed(silent), silent, BEGUN + seconds(60)),
                                                BEGUN + seconds(60))),
                                when(Given.CONNECTING, new Tick())
                                        .at(BEGUN + seconds(60))
                                        .orders(all(tells(new Recovering(silent)), stopped()))
                                        .then(gatheringAgain(
                                                recovering(submitted().failed(silent), silent, BEGUN + seconds(60)),
                                                BEGUN + seconds(60))),
                                // timers of earlier states
                                when(Given.READING, new Tick()).at(IMPATIENT),
                                when(Given.TRAINING, new Tick()).at(BEGUN + seconds(60)),
                                when(Given.ENDING, new Tick()).at(BEGUN + seconds(600))))
                .flatMap(cases -> cases);
    }

    static Stream<Case> workers() {
        Given[] notGathering = {Given.READING, Given.PREPARING, Given.CONNECTING, Given.TRAINING, Given.ENDING};
        Run adopted = Run.of(ORDER, Optional.empty());
        adopted = recovering(adopted.adopted(), "trainer lost", GATHERED);
        Run joined = recovering(submitted().adopted(), "trainer lost", GATHERED);
        return Stream.<Stream<Case>>of(
                        everywhere(
                                ask -> ask.orders(new AskWorker(C)),
                                new WorkersRegistered(Set.of(A, C)),
                                Given.values()),
                        nothing(new WorkersRegistered(Set.of(A)), Given.values()),
                        everywhere(watch -> watch.orders(new WatchWorker(C)), here(C), Given.values()),
                        nothing(here(A), Given.values()),
                        // a run that others know begins by itself, and is told as one that goes on
                        Stream.of(
                                when(Given.IDLE, here(C, Optional.of(ORDER)))
                                        .orders(new WatchWorker(C))
                                        .then(new Gathering(adopted, GATHERED + seconds(1), GATHERED + seconds(60))),
                                when(Given.IDLE, here(A, Optional.of(ORDER)))
                                        .then(new Gathering(adopted, GATHERED + seconds(1), GATHERED + seconds(60))),
                                when(Given.GATHERING, here(C, Optional.of(ORDER)))
                                        .orders(new WatchWorker(C), tells(new Recovering("trainer lost")))
                                        .then(new Gathering(joined, SETTLED, IMPATIENT)),
                                when(Given.GATHERING, here(A, Optional.of(ORDER))),
                                when(Given.GATHERING, here(C, Optional.of(OTHER_ORDER)))
                                        .orders(new WatchWorker(C)),
                                // before the timer, which is late
                                when(Given.GATHERING, here(C))
                                        .at(SETTLED)
                                        .orders(new WatchWorker(C), new ReadFolder(FIRST, ORDER, 0))
                                        .then(new Reading(submitted(), FIRST)),
                                // the run is over, whatever a worker thinks
                                when(Given.ENDING, here(C, Optional.of(ORDER)))
                                        .after(new OutcomeRead(EPOCH, ENDED))
                                        .orders(new WatchWorker(C), new ForgetRun(C, "run"))),
                        everywhere(
                                watch -> watch.orders(new WatchWorker(C)), here(C, Optional.of(ORDER)), notGathering),
                        nothing(new WorkerLost(A), BUT_UNDER_WAY),
                        recovers(new WorkerLost(A), "worker a:1 lost", UnaryOperator.identity()),
                        nothing(new WorkerLost(C), Given.values()),
                        Arrays.stream(Given.values())
                                .map(given -> when(given, new WorkerLost(C)).after(here(C))),
                        everywhere(
                                release -> release.orders(new ReleaseRanks(A, 0)), new WorkerLeaving(A), BEFORE_PLACED),
                        Stream.of(
                                when(Given.PREPARING, new WorkerLeaving(A))
                                        .orders(all(tells(new Recovering("worker leaving")), released()))
                                        .then(gatheringAgain(recovering(submitted(), "worker leaving", LATER), LATER)),
                                when(Given.CONNECTING, new WorkerLeaving(A))
                                        .orders(all(tells(new Recovering("worker leaving")), stopped()))
                                        .then(gatheringAgain(recovering(submitted(), "worker leaving", LATER), LATER)),
                                when(Given.TRAINING, new WorkerLeaving(A)).orders(new InterruptTrainer(EPOCH)),
                                when(Given.TRAINING, new WorkerLeaving(A))
                                        .after(new WorkerLeaving(A))
                                        .orders(new InterruptTrainer(EPOCH)),
                                when(Given.TRAINING, new WorkerLeaving(C)).orders(new ReleaseRanks(C, EPOCH)),
                                when(Given.ENDING, new WorkerLeaving(C)).orders(new ReleaseRanks(C, EPOCH))),
                        nothing(new WorkerLeaving(A), Given.ENDING))
                .flatMap(cases -> cases);
    }

    static Stream<Case> clients() {
        Given[] busy = {Given.GATHERING, Given.READING, Given.PREPARING, Given.CONNECTING, Given.TRAINING, Given.ENDING
        };
        Given[] untold = {Given.GATHERING, Given.READING, Given.PREPARING, Given.CONNECTING};
        TellClient accepted = new TellClient(CLIENT, new Accepted("run"));
        TellClient otherAccepted = new TellClient(OTHER_CLIENT, new Accepted("run"));
        TellClient otherPlaced = new TellClient(OTHER_CLIENT, new Happened("run", PLACED));
        return Stream.<Stream<Case>>of(
                        Stream.of(
                                when(Given.IDLE, new RunSubmitted(ORDER, CLIENT))
                                        .orders(accepted)
                                        .then(gathering(submitted(), GATHERED)),
                                when(Given.ENDING, new RunSubmitted(ORDER, OTHER_CLIENT))
                                        .after(new OutcomeRead(EPOCH, ENDED))
                                        .orders(new TellClient(OTHER_CLIENT, ENDED)),
                                when(Given.ENDING, new RunSubmitted(OTHER_ORDER, OTHER_CLIENT))
                                        .after(new OutcomeRead(EPOCH, ENDED))
                                        .orders(new TellClient(OTHER_CLIENT, new Accepted("other")))
                                        .then(gathering(Run.of(OTHER_ORDER, Optional.of(OTHER_CLIENT)), LATER))),
                        // it asks again and again
                        everywhere(again -> again.orders(accepted), new RunSubmitted(ORDER, CLIENT), busy),
                        everywhere(
                                late -> late.orders(otherAccepted).then(run -> run.heardBy(OTHER_CLIENT)),
                                new RunSubmitted(ORDER, OTHER_CLIENT),
                                untold),
                        everywhere(
                                late -> late.orders(otherAccepted, otherPlaced).then(run -> run.heardBy(OTHER_CLIENT)),
                                new RunSubmitted(ORDER, OTHER_CLIENT),
                                Given.TRAINING,
                                Given.ENDING),
                        everywhere(
                                refused -> refused.orders(OTHER_REFUSED),
                                new RunSubmitted(OTHER_ORDER, OTHER_CLIENT),
                                busy),
                        nothing(new InterruptAsked("other"), Given.values()),
                        nothing(new InterruptAsked("run"), Given.IDLE),
                        Stream.of(when(Given.GATHERING, new InterruptAsked("run"))
                                .orders(all(
                                        fails(new Failure("interrupted before it was under way", false)), forgotten()))
                                .then(new Idle())),
                        everywhere(
                                noted -> noted.then(Run::interrupt),
                                new InterruptAsked("run"),
                                Given.READING,
                                Given.PREPARING,
                                Given.CONNECTING,
                                Given.ENDING),
                        Stream.of(
                                when(Given.TRAINING, new InterruptAsked("run"))
                                        .orders(new InterruptTrainer(EPOCH))
                                        .then(Run::interrupt),
                                when(Given.TRAINING, new InterruptAsked("run"))
                                        .after(new InterruptAsked("run"))
                                        .orders(new InterruptTrainer(EPOCH)),
                                // as soon as it can be
                                when(Given.CONNECTING, new RanksConnected(EPOCH, B))
                                        .at(BEGUN)
                                        .after(new InterruptAsked("run"), new RanksConnected(EPOCH, A))
                                        .orders(new BeginTraining(EPOCH), tells(PLACED), new InterruptTrainer(EPOCH))
                                        .then(new Training(trained().interrupt(), ATTEMPT))))
                .flatMap(cases -> cases);
    }
}
