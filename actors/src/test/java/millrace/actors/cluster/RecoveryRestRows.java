package millrace.actors.cluster;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import millrace.actors.cluster.ClientProtocol.Accepted;
import millrace.actors.cluster.ClientProtocol.Happened;
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
import millrace.actors.cluster.RecoveryFact.WorkerLeaving;
import millrace.actors.cluster.RecoveryFact.WorkerLost;
import millrace.actors.cluster.RecoveryOrder.AskRest;
import millrace.actors.cluster.RecoveryOrder.CutStages;
import millrace.actors.cluster.RecoveryOrder.ReadFolder;
import millrace.actors.cluster.RecoveryOrder.ReleaseRanks;
import millrace.actors.cluster.RecoveryOrder.TellClient;
import millrace.actors.cluster.RecoveryOrder.WatchWorker;
import millrace.actors.cluster.RecoveryState.Cutting;
import millrace.actors.cluster.RecoveryState.Reading;
import millrace.actors.cluster.RecoveryState.Resting;
import millrace.actors.cluster.RecoveryState.Run;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent.Noticed;
import millrace.actors.event.TrainingEvent.Recovering;
import millrace.actors.rank.StepWord;
import millrace.actors.wire.manifest.Manifest.FileEntry;

/** What {@link Recovery} does while ranks that step together come to rest, and are brought to one step. */
final class RecoveryRestRows extends RecoveryFixture {
    private static final String REASON = "rank 1 failed: oops";
    private static final long PATIENT_UNTIL = ASKED + seconds(20);

    private RecoveryRestRows() {}

    private static Run failed() {
        return recovering(trained().failed(REASON), REASON, FAILED);
    }

    private static Resting resting(Map<ActorId, AtRest> rests) {
        return new Resting(failed(), QUESTION, PATIENT_UNTIL, Set.of(A, B), rests);
    }

    private static Cutting cutting(Map<ActorId, List<FileEntry>> cuts) {
        return new Cutting(failed(), QUESTION + 1, PATIENT_UNTIL, Set.of(A, B), WORD, 1, cuts);
    }

    static Stream<Case> rows() {
        return Stream.of(answers(), losses(), others()).flatMap(cases -> cases);
    }

    private static Stream<Case> answers() {
        LiveCut live = new LiveCut(WORD, FILES);
        List<FileEntry> otherBytes = FILES.stream()
                .map(file -> new FileEntry(file.name(), 9, "1".repeat(64)))
                .toList();
        Given[] butResting = Arrays.stream(Given.values())
                .filter(given -> given != Given.RESTING)
                .toArray(Given[]::new);
        Given[] butCutting = Arrays.stream(Given.values())
                .filter(given -> given != Given.CUTTING)
                .toArray(Given[]::new);
        RanksRest restsA = new RanksRest(QUESTION, A, RESTS_A);
        RanksRest restsB = new RanksRest(QUESTION, B, RESTS_B);
        StagesCut cutA = new StagesCut(QUESTION + 1, A, FILES);
        StagesCut cutB = new StagesCut(QUESTION + 1, B, FILES);
        Noticed noWhole =
                new Noticed("step 47: what is left in memory is no whole state; the run goes back to a checkpoint");
        return Stream.<Stream<Case>>of(
                        nothing(restsA, butResting),
                        nothing(cutA, butCutting),
                        Stream.of(
                                when(Given.RESTING, restsA).then(resting(Map.of(A, RESTS_A))),
                                when(Given.RESTING, restsA).after(restsA),
                                when(Given.RESTING, new RanksRest(QUESTION - 1, A, RESTS_A)),
                                when(Given.RESTING, new RanksRest(QUESTION, C, RESTS_A)),
                                when(Given.RESTING, restsB)
                                        .after(restsA)
                                        .at(ASKED)
                                        .orders(
                                                new CutStages(A, "run", QUESTION + 1, WORD),
                                                new CutStages(B, "run", QUESTION + 1, WORD))
                                        .then(cutting(Map.of())),
                                // nobody has anything
                                when(Given.RESTING, new RanksRest(QUESTION, B, AtRest.NOTHING))
                                        .after(new RanksRest(QUESTION, A, AtRest.NOTHING))
                                        .orders(new ReadFolder(QUESTION + 1, ORDER, EPOCH))
                                        .then(new Reading(failed(), QUESTION + 1)),
                                // who does not answer is not waited for
                                when(Given.RESTING, new Tick())
                                        .after(restsA)
                                        .at(PATIENT_UNTIL)
                                        .orders(new CutStages(
                                                A, "run", QUESTION + 1, new StepWord(46, 0.25, WORD.course())))
                                        .then(new Cutting(
                                                failed(),
                                                QUESTION + 1,
                                                PATIENT_UNTIL + seconds(20),
                                                Set.of(A),
                                                new StepWord(46, 0.25, WORD.course()),
                                                1,
                                                Map.of())),
                                when(Given.CUTTING, cutA).then(cutting(Map.of(A, FILES))),
                                when(Given.CUTTING, cutA).after(cutA),
                                when(Given.CUTTING, new StagesCut(QUESTION, A, FILES)),
                                when(Given.CUTTING, new StagesCut(QUESTION + 1, C, FILES)),
                                when(Given.CUTTING, cutB)
                                        .after(cutA)
                                        .orders(new ReadFolder(QUESTION + 2, ORDER, EPOCH, Optional.of(live)))
                                        .then(new Reading(failed(), QUESTION + 2)),
                                when(Given.CUTTING, new StagesCut(QUESTION + 1, B, List.of()))
                                        .after(cutA)
                                        .orders(new ReadFolder(QUESTION + 2, ORDER, EPOCH, Optional.of(live)))
                                        .then(new Reading(failed(), QUESTION + 2)),
                                when(Given.CUTTING, new StagesCut(QUESTION + 1, B, otherBytes))
                                        .after(cutA)
                                        .orders(tells(noWhole), new ReadFolder(QUESTION + 2, ORDER, EPOCH))
                                        .then(new Reading(failed().tells(noWhole, LATER), QUESTION + 2)),
                                when(Given.CUTTING, new Tick())
                                        .after(cutB)
                                        .at(PATIENT_UNTIL)
                                        .orders(new ReadFolder(QUESTION + 2, ORDER, EPOCH, Optional.of(live)))
                                        .then(new Reading(failed(), QUESTION + 2))))
                .flatMap(cases -> cases);
    }

    /** The others are asked again. */
    private static Stream<Case> losses() {
        return Stream.of(
                when(Given.RESTING, new WorkerLost(A))
                        .orders(new AskRest(B, "run", EPOCH, QUESTION + 1))
                        .then(new Resting(failed(), QUESTION + 1, LATER + seconds(20), Set.of(B), Map.of())),
                when(Given.CUTTING, new WorkerLost(A))
                        .orders(new AskRest(B, "run", EPOCH, QUESTION + 2))
                        .then(new Resting(failed(), QUESTION + 2, LATER + seconds(20), Set.of(B), Map.of())));
    }

    private static Stream<Case> others() {
        return Stream.<Stream<Case>>of(
                        nothing(new FolderRead(FIRST, BEGINNING), AT_REST),
                        nothing(new FolderUnreadable(FIRST, BAD_INPUT), AT_REST),
                        nothing(new RanksPrepared(EPOCH, A, List.of(PLACE_A)), AT_REST),
                        nothing(new RanksConnected(EPOCH, A), AT_REST),
                        nothing(new PrepareFailed(EPOCH, A, BAD_INPUT), AT_REST),
                        nothing(new RankFailed(EPOCH, 0, "stopped"), AT_REST),
                        nothing(new TrainingHappened(EPOCH, step(41)), AT_REST),
                        nothing(new CutSaved(EPOCH, 45), AT_REST),
                        nothing(new TrainerFinished(EPOCH, result(Reason.COMPLETED)), AT_REST),
                        nothing(new TrainerStalled(EPOCH, "rank 0 waits"), AT_REST),
                        nothing(new TrainerFailed(EPOCH, TROUBLE), AT_REST),
                        nothing(new OutcomeRead(EPOCH, ENDED), AT_REST),
                        nothing(new OutcomeUnreadable(EPOCH, TROUBLE), AT_REST),
                        everywhere(watch -> watch.orders(new WatchWorker(C)), here(C, Optional.of(ORDER)), AT_REST),
                        everywhere(
                                release -> release.orders(new ReleaseRanks(A, EPOCH)), new WorkerLeaving(A), AT_REST),
                        everywhere(
                                again -> again.orders(new TellClient(CLIENT, new Accepted("run"))),
                                new RunSubmitted(ORDER, CLIENT),
                                AT_REST),
                        everywhere(
                                late -> late.orders(
                                                new TellClient(OTHER_CLIENT, new Accepted("run")),
                                                new TellClient(
                                                        OTHER_CLIENT, new Happened("run", new Recovering(REASON))))
                                        .then(run -> run.heardBy(OTHER_CLIENT)),
                                new RunSubmitted(ORDER, OTHER_CLIENT),
                                AT_REST),
                        everywhere(
                                refused -> refused.orders(OTHER_REFUSED),
                                new RunSubmitted(OTHER_ORDER, OTHER_CLIENT),
                                AT_REST),
                        everywhere(noted -> noted.then(Run::interrupt), new InterruptAsked("run"), AT_REST))
                .flatMap(cases -> cases);
    }
}
