package millrace.actors.cluster;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;
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
import millrace.actors.cluster.RecoveryFact.TrainerFailed;
import millrace.actors.cluster.RecoveryFact.TrainerFinished;
import millrace.actors.cluster.RecoveryFact.TrainerStalled;
import millrace.actors.cluster.RecoveryFact.TrainingHappened;
import millrace.actors.cluster.RecoveryFact.WorkerLeaving;
import millrace.actors.cluster.RecoveryFact.WorkerLost;
import millrace.actors.cluster.RecoveryOrder.BeginTraining;
import millrace.actors.cluster.RecoveryOrder.ConnectRanks;
import millrace.actors.cluster.RecoveryOrder.KeepCut;
import millrace.actors.cluster.RecoveryOrder.PrepareRanks;
import millrace.actors.cluster.RecoveryOrder.ReadOutcome;
import millrace.actors.cluster.RecoveryOrder.StartTrainer;
import millrace.actors.cluster.RecoveryOrder.TellClient;
import millrace.actors.cluster.RecoveryState.Attempt;
import millrace.actors.cluster.RecoveryState.Connecting;
import millrace.actors.cluster.RecoveryState.Ending;
import millrace.actors.cluster.RecoveryState.Idle;
import millrace.actors.cluster.RecoveryState.Preparing;
import millrace.actors.cluster.RecoveryState.Run;
import millrace.actors.cluster.RecoveryState.Training;
import millrace.actors.event.RunResult;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.Recovering;

/** What {@link Recovery} does with the answers to its orders. */
final class RecoveryAnswers extends RecoveryFixture {
    private RecoveryAnswers() {}

    static Stream<Case> runFolder() {
        Beginning damaged = new Beginning(
                EPOCH, 2, 40, Optional.of("/step-40"), List.of("/step-50: digest differs", "/step-45: no weights"));
        Run noticed = submitted();
        Given[] butReading = {
            Given.IDLE, Given.GATHERING, Given.PREPARING, Given.CONNECTING, Given.TRAINING, Given.ENDING
        };
        List<RecoveryOrder> prepares = List.of(
                new PrepareRanks(A, EPOCH, ORDER, List.of(0), Optional.of("/step-40")),
                new PrepareRanks(B, EPOCH, ORDER, List.of(1), Optional.of("/step-40")));
        Preparing preparing = new Preparing(submitted(), ATTEMPT, LATER + seconds(60), List.of());
        SequencedMap<ActorId, List<Integer>> withSpare = ranks();
        withSpare.put(C, List.of());
        SequencedMap<ActorId, List<Integer>> onlyB = new LinkedHashMap<>();
        onlyB.put(B, List.of(0, 1));
        return Stream.<Stream<Case>>of(
                        Stream.of(
                                when(Given.READING, new FolderRead(FIRST, BEGINNING))
                                        .orders(all(prepares))
                                        .then(preparing),
                                when(Given.READING, new FolderRead(FIRST, damaged))
                                        .orders(all(
                                                tells(new TrainingEvent.Noticed(
                                                        "/step-50: digest differs; the one before it is used")),
                                                tells(new TrainingEvent.Noticed(
                                                        "/step-45: no weights; the one before it is used")),
                                                prepares))
                                        .then(new Preparing(
                                                noticed,
                                                new Attempt(damaged, ATTEMPT.shares()),
                                                LATER + seconds(60),
                                                List.of())),
                                // one that is too many only remembers the run
                                when(Given.READING, new FolderRead(FIRST, BEGINNING))
                                        .after(here(C))
                                        .orders(all(
                                                prepares,
                                                new PrepareRanks(C, EPOCH, ORDER, List.of(), Optional.of("/step-40"))))
                                        .then(new Preparing(
                                                submitted(),
                                                new Attempt(BEGINNING, new WorkerShares(withSpare)),
                                                LATER + seconds(60),
                                                List.of())),
                                // neither who is gone nor who leaves gets ranks
                                when(Given.READING, new FolderRead(FIRST, BEGINNING))
                                        .after(new WorkerLeaving(A))
                                        .orders(new PrepareRanks(
                                                B, EPOCH, ORDER, List.of(0, 1), Optional.of("/step-40")))
                                        .then(new Preparing(
                                                submitted(),
                                                new Attempt(BEGINNING, new WorkerShares(onlyB)),
                                                LATER + seconds(60),
                                                List.of())),
                                when(Given.READING, new FolderRead(FIRST, BEGINNING))
                                        .after(new WorkerLost(A), new WorkerLost(B))
                                        .then(gathering(submitted(), LATER)),
                                when(Given.READING, new FolderUnreadable(FIRST, BAD_INPUT))
                                        .orders(all(fails(BAD_INPUT), forgotten()))
                                        .then(new Idle()),
                                // answers to another coordinator's questions, in another life of this actor
                                when(Given.READING, new FolderRead(FIRST - 1, BEGINNING)),
                                when(Given.READING, new FolderUnreadable(FIRST - 1, BAD_INPUT))),
                        nothing(new FolderRead(FIRST, BEGINNING), butReading),
                        nothing(new FolderUnreadable(FIRST, BAD_INPUT), butReading))
                .flatMap(cases -> cases);
    }

    static Stream<Case> ranksOfWorkers() {
        RanksPrepared preparedA = new RanksPrepared(EPOCH, A, List.of(PLACE_A));
        RanksPrepared preparedB = new RanksPrepared(EPOCH, B, List.of(PLACE_B));
        RanksConnected connectedA = new RanksConnected(EPOCH, A);
        RanksConnected connectedB = new RanksConnected(EPOCH, B);
        long patientUntil = BEGUN + seconds(60);
        Given[] butPreparing = {
            Given.IDLE, Given.GATHERING, Given.READING, Given.CONNECTING, Given.TRAINING, Given.ENDING
        };
        Given[] butConnecting = {
            Given.IDLE, Given.GATHERING, Given.READING, Given.PREPARING, Given.TRAINING, Given.ENDING
        };
        return Stream.<Stream<Case>>of(
                        nothing(preparedA, butPreparing),
                        Stream.of(
                                when(Given.PREPARING, preparedB)
                                        .then(new Preparing(submitted(), ATTEMPT, patientUntil, List.of(PLACE_B))),
                                when(Given.PREPARING, preparedB).after(preparedB),
                                when(Given.PREPARING, new RanksPrepared(STALE, A, List.of(PLACE_A))),
                                // of a spare worker, and of one that was not asked
                                when(Given.PREPARING, new RanksPrepared(EPOCH, C, List.of())),
                                when(Given.PREPARING, new RanksPrepared(EPOCH, C, List.of(place(0, C)))),
                                // other ranks than it was asked to make
                                when(Given.PREPARING, new RanksPrepared(EPOCH, A, List.of(place(1, A)))),
                                when(Given.PREPARING, new RanksPrepared(EPOCH, A, List.of())),
                                when(Given.PREPARING, preparedA)
                                        .after(preparedB)
                                        .orders(
                                                new StartTrainer(EPOCH, ORDER, PLACES),
                                                new ConnectRanks(A, EPOCH, PLACES),
                                                new ConnectRanks(B, EPOCH, PLACES))
                                        .then(new Connecting(submitted(), ATTEMPT, patientUntil, Set.of()))),
                        nothing(connectedA, butConnecting),
                        Stream.of(
                                when(Given.CONNECTING, connectedA)
                                        .then(new Connecting(submitted(), ATTEMPT, patientUntil, Set.of(A))),
                                when(Given.CONNECTING, connectedA).after(connectedA),
                                when(Given.CONNECTING, new RanksConnected(STALE, A)),
                                when(Given.CONNECTING, connectedB)
                                        .after(connectedA)
                                        .at(BEGUN)
                                        .orders(new BeginTraining(EPOCH), tells(PLACED))
                                        .then(new Training(trained(), ATTEMPT))),
                        nothing(new PrepareFailed(EPOCH, A, BAD_INPUT), BUT_UNDER_WAY),
                        nothing(new PrepareFailed(STALE, A, BAD_INPUT), Given.values()),
                        failsUnderWay(new PrepareFailed(EPOCH, A, BAD_INPUT), BAD_INPUT),
                        recovers(new PrepareFailed(EPOCH, A, TROUBLE), "disk full", run -> run.failed("disk full")),
                        nothing(new RankFailed(EPOCH, 1, "oops"), BUT_UNDER_WAY),
                        nothing(new RankFailed(STALE, 1, "stopped"), Given.values()),
                        recovers(
                                new RankFailed(EPOCH, 1, "oops"),
                                "rank 1 failed: oops",
                                run -> run.failed("rank 1 failed: oops")),
                        Stream.of(when(Given.TRAINING, new RankFailed(EPOCH, 1, "oops"))
                                .after(new RankFailed(EPOCH, 1, "oops"))))
                .flatMap(cases -> cases);
    }

    static Stream<Case> trainer() {
        Given[] butTraining = {
            Given.IDLE, Given.GATHERING, Given.READING, Given.PREPARING, Given.CONNECTING, Given.ENDING
        };
        Given[] butEnding = {
            Given.IDLE, Given.GATHERING, Given.READING, Given.PREPARING, Given.CONNECTING, Given.TRAINING
        };
        Given[] placed = {Given.PREPARING, Given.CONNECTING, Given.TRAINING, Given.ENDING};
        RunResult completed = result(Reason.COMPLETED);
        RunResult interrupted = result(Reason.INTERRUPTED);
        return Stream.<Stream<Case>>of(
                        nothing(new TrainingHappened(EPOCH, step(41)), BEFORE_PLACED),
                        nothing(new TrainingHappened(STALE, step(41)), Given.values()),
                        everywhere(
                                told -> told.orders(tells(step(41))).then(run -> run.tells(step(41), LATER)),
                                new TrainingHappened(EPOCH, step(41)),
                                placed),
                        Stream.of(
                                // of steps that nobody has asked for it tells one now and then
                                when(Given.TRAINING, new TrainingHappened(EPOCH, step(42)))
                                        .after(new TrainingHappened(EPOCH, step(41)))
                                        .then(run -> run.tells(step(42), LATER)),
                                when(Given.TRAINING, new TrainingHappened(EPOCH, step(50)))
                                        .after(new TrainingHappened(EPOCH, step(49)))
                                        .orders(tells(step(50)))
                                        .then(run -> run.tells(step(50), LATER)),
                                // made again after a failure, or told twice
                                when(Given.TRAINING, new TrainingHappened(EPOCH, step(50)))
                                        .after(new TrainingHappened(EPOCH, step(50)))
                                        .then(run -> run.tells(step(50), LATER)),
                                when(Given.TRAINING, new TrainingHappened(EPOCH, epochEnd(1)))
                                        .orders(tells(epochEnd(1)))
                                        .then(run -> run.tells(epochEnd(1), LATER)),
                                when(Given.TRAINING, new TrainingHappened(EPOCH, epochEnd(1)))
                                        .after(new TrainingHappened(EPOCH, epochEnd(1)))
                                        .then(run -> run.tells(epochEnd(1), LATER)),
                                when(Given.TRAINING, new TrainingHappened(EPOCH, evaluation(45)))
                                        .orders(tells(evaluation(45)))
                                        .then(run -> run.tells(evaluation(45), LATER)),
                                when(Given.TRAINING, new TrainingHappened(EPOCH, evaluation(45)))
                                        .after(new TrainingHappened(EPOCH, evaluation(45)))
                                        .then(run -> run.tells(evaluation(45), LATER))),
                        // each holds what it has written itself, and copies of what the other has
                        nothing(new CutSaved(EPOCH, 45), BEFORE_PLACED),
                        nothing(new CutSaved(STALE, 45), Given.values()),
                        everywhere(
                                kept -> kept.orders(
                                        new KeepCut(A, "run", 45, List.of(B)), new KeepCut(B, "run", 45, List.of(A))),
                                new CutSaved(EPOCH, 45),
                                placed),
                        nothing(new TrainerFinished(EPOCH, completed), butTraining),
                        nothing(new TrainerFinished(STALE, completed), Given.values()),
                        Stream.of(
                                when(Given.TRAINING, new TrainerFinished(EPOCH, completed))
                                        .orders(new ReadOutcome(EPOCH, ORDER, completed))
                                        .then(new Ending(trained(), ATTEMPT)),
                                // a client's wish goes before a worker's
                                when(Given.TRAINING, new TrainerFinished(EPOCH, interrupted))
                                        .after(new WorkerLeaving(A), new InterruptAsked("run"))
                                        .orders(new ReadOutcome(EPOCH, ORDER, interrupted))
                                        .then(new Ending(trained().interrupt(), ATTEMPT)),
                                // it was through before it heard of the worker
                                when(Given.TRAINING, new TrainerFinished(EPOCH, completed))
                                        .after(new WorkerLeaving(A))
                                        .orders(new ReadOutcome(EPOCH, ORDER, completed))
                                        .then(new Ending(trained(), ATTEMPT)),
                                when(Given.TRAINING, new TrainerFinished(EPOCH, interrupted))
                                        .after(new WorkerLeaving(A))
                                        .orders(all(tells(new Recovering("worker leaving")), stopped()))
                                        .then(gatheringAgain(recovering(trained(), "worker leaving", LATER), LATER))),
                        nothing(new TrainerStalled(EPOCH, "rank 0 waits"), butTraining),
                        nothing(new TrainerStalled(STALE, "rank 0 waits"), Given.values()),
                        Stream.of(recoversFromTraining(
                                new TrainerStalled(EPOCH, "rank 0 waits"),
                                "rank 0 waits",
                                run -> run.failed("rank 0 waits"))),
                        nothing(new TrainerFailed(EPOCH, TROUBLE), BUT_UNDER_WAY),
                        nothing(new TrainerFailed(STALE, TROUBLE), Given.values()),
                        failsUnderWay(new TrainerFailed(EPOCH, TROUBLE), TROUBLE),
                        nothing(new OutcomeRead(EPOCH, ENDED), butEnding),
                        nothing(new OutcomeRead(STALE, ENDED), Given.values()),
                        Stream.of(
                                when(Given.ENDING, new OutcomeRead(EPOCH, ENDED))
                                        .orders(all(stopped(), new TellClient(CLIENT, ENDED), forgotten()))
                                        .then(new Idle()),
                                when(Given.ENDING, new OutcomeRead(EPOCH, ENDED))
                                        .after(new OutcomeRead(EPOCH, ENDED))),
                        nothing(new OutcomeUnreadable(EPOCH, TROUBLE), butEnding),
                        nothing(new OutcomeUnreadable(STALE, TROUBLE), Given.values()),
                        Stream.of(when(Given.ENDING, new OutcomeUnreadable(EPOCH, TROUBLE))
                                .orders(all(stopped(), fails(TROUBLE), forgotten()))
                                .then(new Idle())))
                .flatMap(cases -> cases);
    }
}
