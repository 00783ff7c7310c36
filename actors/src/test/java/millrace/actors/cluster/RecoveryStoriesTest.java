package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import millrace.actors.cluster.ClientProtocol.Accepted;
import millrace.actors.cluster.ClientProtocol.Failed;
import millrace.actors.cluster.ClientProtocol.Happened;
import millrace.actors.cluster.CoordinatorProtocol.Status;
import millrace.actors.cluster.CoordinatorProtocol.WorkerStatus;
import millrace.actors.cluster.RecoveryFact.Beginning;
import millrace.actors.cluster.RecoveryFact.FolderRead;
import millrace.actors.cluster.RecoveryFact.InterruptAsked;
import millrace.actors.cluster.RecoveryFact.OutcomeRead;
import millrace.actors.cluster.RecoveryFact.PrepareFailed;
import millrace.actors.cluster.RecoveryFact.RankFailed;
import millrace.actors.cluster.RecoveryFact.RanksConnected;
import millrace.actors.cluster.RecoveryFact.RanksPrepared;
import millrace.actors.cluster.RecoveryFact.RanksRest;
import millrace.actors.cluster.RecoveryFact.RunSubmitted;
import millrace.actors.cluster.RecoveryFact.StagesCut;
import millrace.actors.cluster.RecoveryFact.Tick;
import millrace.actors.cluster.RecoveryFact.TrainerFinished;
import millrace.actors.cluster.RecoveryFact.TrainerStalled;
import millrace.actors.cluster.RecoveryFact.TrainingHappened;
import millrace.actors.cluster.RecoveryFact.WorkerHere;
import millrace.actors.cluster.RecoveryFact.WorkerLost;
import millrace.actors.cluster.RecoveryFact.WorkersRegistered;
import millrace.actors.cluster.RecoveryOrder.AskRest;
import millrace.actors.cluster.RecoveryOrder.AskWorker;
import millrace.actors.cluster.RecoveryOrder.BeginTraining;
import millrace.actors.cluster.RecoveryOrder.CutStages;
import millrace.actors.cluster.RecoveryOrder.PrepareRanks;
import millrace.actors.cluster.RecoveryOrder.ReadFolder;
import millrace.actors.cluster.RecoveryOrder.TellClient;
import millrace.actors.cluster.RecoveryOrder.TryOut;
import millrace.actors.cluster.RecoveryOrder.WatchWorker;
import millrace.actors.cluster.RecoveryState.Gathering;
import millrace.actors.cluster.RecoveryState.Idle;
import millrace.actors.cluster.RecoveryState.Reading;
import millrace.actors.cluster.RecoveryState.Training;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent.Noticed;
import millrace.actors.event.TrainingEvent.Placed;
import millrace.actors.event.TrainingEvent.Recovering;
import millrace.actors.plan.CourseState;
import millrace.actors.rank.StepWord;
import org.junit.jupiter.api.Test;

/** Stories of {@link Recovery} that take more than one step. */
class RecoveryStoriesTest extends RecoveryFixture {
    private static final class Story {
        private final Recovery recovery;
        private long now;

        private Story(Given given) {
            this.recovery = given.make();
            this.now = LATER;
        }

        private List<RecoveryOrder> on(RecoveryFact fact) {
            return recovery.on(fact, now);
        }

        private void passes(double time) {
            now += seconds(time);
        }

        /** From gathering to training, in a run epoch that the folder gives. */
        private List<RecoveryOrder> trains(long runEpoch) {
            passes(0.5);
            ReadFolder reading = (ReadFolder) on(new Tick()).getFirst();
            on(new FolderRead(reading.reading(), new Beginning(runEpoch, 2, 50, Optional.of("/step-50"), List.of())));
            on(new RanksPrepared(runEpoch, A, List.of(PLACE_A)));
            on(new RanksPrepared(runEpoch, B, List.of(PLACE_B)));
            on(new RanksConnected(runEpoch, A));
            List<RecoveryOrder> last = on(new RanksConnected(runEpoch, B));
            assertThat(recovery.state()).isInstanceOf(Training.class);
            return last;
        }
    }

    @Test
    void theSameFailureThreeTimesInARowEndsTheRun() {
        Story story = new Story(Given.TRAINING);
        story.on(new RankFailed(EPOCH, 0, "NaN"));
        story.trains(8);
        story.on(new TrainerStalled(8, "rank 1 waits"));
        story.trains(9);
        story.on(new RankFailed(9, 0, "NaN"));
        story.trains(10);
        story.on(new RankFailed(10, 0, "NaN"));
        story.trains(11);

        List<RecoveryOrder> orders = story.on(new RankFailed(11, 0, "NaN"));

        assertThat(orders).contains(new TellClient(CLIENT, new Failed("run", "rank 0 failed: NaN", false)));
        assertThat(story.recovery.state()).isEqualTo(new Idle());
    }

    @Test
    void aRecoverySaysHowLongItTookAndALateClientHearsOfIt() {
        Story story = new Story(Given.TRAINING);
        story.on(new TrainingHappened(EPOCH, step(60)));
        story.on(new RankFailed(EPOCH, 0, "NaN"));
        story.passes(2);

        List<RecoveryOrder> orders = story.trains(8);

        Placed placed = new Placed(8, 50, PLACED.workers(), 2.5);
        assertThat(orders).containsExactly(new BeginTraining(8), tells(placed));
        assertThat(story.on(new RunSubmitted(ORDER, OTHER_CLIENT)))
                .containsExactly(
                        new TellClient(OTHER_CLIENT, new Accepted("run")),
                        new TellClient(OTHER_CLIENT, new Happened("run", new Recovering("rank 0 failed: NaN"))),
                        new TellClient(OTHER_CLIENT, new Happened("run", placed)));
        assertThat(story.recovery.status())
                .isEqualTo(new Status(
                        Optional.of("run"),
                        "training",
                        8,
                        60,
                        0,
                        List.of(new WorkerStatus("a:1", 1, List.of(0)), new WorkerStatus("b:1", 1, List.of(1)))));
    }

    @Test
    void aRunThatHasBegunGoesOnWithTheWorkersThatAreLeft() {
        Story story = new Story(Given.TRAINING);
        story.on(new WorkerLost(A));
        story.passes(0.5);

        assertThat(story.on(new Tick())).contains(new ReadFolder(FIRST + 1, ORDER, EPOCH));
    }

    @Test
    void theNextRunEpochIsAboveAllThatTheWorkersHaveHeardOf() {
        Story story = new Story(Given.GATHERING);
        story.on(new WorkerHere(C, "c:1", 1, 99, Optional.empty()));

        assertThat(story.recovery.state()).isInstanceOf(Reading.class);
        assertThat(story.recovery.status().phase()).isEqualTo("reading");
        Story again = new Story(Given.IDLE);
        again.on(new WorkerHere(C, "c:1", 1, 99, Optional.empty()));
        again.on(new RunSubmitted(ORDER, CLIENT));
        again.passes(1);
        assertThat(again.on(new Tick())).containsExactly(new ReadFolder(FIRST, ORDER, 99));
    }

    @Test
    void aWorkerThatIsNotHeardIsAskedOnceASecond() {
        Recovery recovery = new Recovery(0);
        assertThat(recovery.deadline(START)).isEmpty();
        assertThat(recovery.on(new WorkersRegistered(Set.of(A, B)), START))
                .containsExactly(new AskWorker(A), new AskWorker(B));
        recovery.on(here(B), START);

        assertThat(recovery.deadline(START)).isEqualTo(OptionalLong.of(START + seconds(1)));
        assertThat(recovery.on(new Tick(), START + seconds(0.9))).isEmpty();
        assertThat(recovery.on(new Tick(), START + seconds(1))).containsExactly(new AskWorker(A));
        recovery.on(here(A), START + seconds(1.1));
        assertThat(recovery.deadline(START + seconds(1.1))).isEmpty();
    }

    /** On a busy machine a timer is late, and what comes before it must not put the beginning off by a minute. */
    @Test
    void anyFactThatComesWhenTheRanksCouldBePlacedHasThemPlaced() {
        for (RecoveryFact fact : List.of(
                new RunSubmitted(ORDER, CLIENT), new WorkersRegistered(Set.of(A, B)), here(A), new WorkerLost(C))) {
            Recovery recovery = Given.GATHERING.make();

            List<RecoveryOrder> orders = recovery.on(fact, SETTLED + seconds(0.01));

            assertThat(recovery.state()).as(fact.toString()).isInstanceOf(Reading.class);
            assertThat(orders).as(fact.toString()).anyMatch(order -> order instanceof ReadFolder);
        }
    }

    @Test
    void eachStateThatWaitsForTimeSaysUntilWhen() {
        assertThat(Given.GATHERING.make().deadline(GATHERED)).hasValue(SETTLED);
        assertThat(Given.GATHERING.make().deadline(SETTLED)).hasValue(IMPATIENT);
        assertThat(Given.PREPARING.make().deadline(LATER)).hasValue(BEGUN + seconds(60));
        assertThat(Given.CONNECTING.make().deadline(LATER)).hasValue(BEGUN + seconds(60));
        for (Given given : List.of(Given.RESTING, Given.CUTTING)) {
            assertThat(given.make().deadline(LATER)).as(given.name()).hasValue(ASKED + seconds(20));
        }
        for (Given given : List.of(Given.IDLE, Given.READING, Given.TRAINING, Given.ENDING)) {
            assertThat(given.make().deadline(LATER)).as(given.name()).isEmpty();
        }
    }

    /** Two ranks that step together, one on each of two workers. */
    private static Story together() {
        Story story = new Story(Given.READING);
        story.on(new FolderRead(FIRST, TOGETHER));
        story.on(new RanksPrepared(EPOCH, A, List.of(PLACE_A)));
        story.on(new RanksPrepared(EPOCH, B, List.of(PLACE_B)));
        story.on(new RanksConnected(EPOCH, A));
        story.on(new RanksConnected(EPOCH, B));
        assertThat(story.recovery.state()).isInstanceOf(Training.class);
        return story;
    }

    /** From a loss to the next run epoch, with what one worker has in memory. */
    private static List<RecoveryOrder> goesOnWithA(Story story, long runEpoch) {
        story.passes(0.1);
        AskRest ask = first(AskRest.class, story.on(new Tick()));
        assertThat(ask.worker()).isEqualTo(A);
        CutStages cut = first(CutStages.class, story.on(new RanksRest(ask.question(), A, RESTS_A)));
        ReadFolder reading = first(ReadFolder.class, story.on(new StagesCut(cut.question(), A, FILES)));
        LiveCut live = new LiveCut(cut.word(), FILES);
        assertThat(reading.live()).contains(live);
        return story.on(new FolderRead(
                reading.reading(),
                new Beginning(runEpoch, 2, 46, Optional.empty(), Optional.of(live), List.of(0, 0), List.of())));
    }

    @Test
    void whatIsHeldAlreadyIsNotAskedForAgain() {
        Story story = together();
        story.on(new WorkerLost(B));
        story.passes(0.1);
        AskRest ask = first(AskRest.class, story.on(new Tick()));
        LiveCut held = new LiveCut(new StepWord(46, 0.25, CourseState.NONE), FILES);

        List<RecoveryOrder> orders =
                story.on(new RanksRest(ask.question(), A, new AtRest(1, RESTS_A.ranks(), Optional.of(held))));

        assertThat(orders).noneMatch(CutStages.class::isInstance);
        assertThat(first(ReadFolder.class, orders).live()).contains(held);
    }

    private static <O extends RecoveryOrder> O first(Class<O> kind, List<RecoveryOrder> orders) {
        return orders.stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whoHasTheSameStagesTakesALostRankAndGivesItToAWorkerThatComes() {
        Story story = together();
        story.on(new WorkerLost(B));

        List<RecoveryOrder> prepared = goesOnWithA(story, 8);

        LiveCut live = new LiveCut(new StepWord(46, 0.25, CourseState.NONE), FILES);
        assertThat(prepared)
                .containsExactly(new PrepareRanks(A, 8, ORDER, List.of(0, 1), Optional.empty(), Optional.of(live)));
        story.on(new RanksPrepared(8, A, List.of(PLACE_A, place(1, A))));
        story.on(new RanksConnected(8, A));
        assertThat(story.recovery.state()).isInstanceOf(Training.class);

        // it is asked whether it could, and the run goes on meanwhile
        TryOut tryOut = new TryOut(C, 8, ORDER, List.of(1));
        assertThat(story.on(here(C))).containsExactly(new WatchWorker(C), tryOut);
        assertThat(story.on(here(C))).isEmpty();
        assertThat(story.on(new RanksPrepared(7, C, List.of()))).isEmpty();
        assertThat(story.recovery.state()).isInstanceOf(Training.class);
        assertThat(story.on(new RanksPrepared(8, C, List.of()))).contains(tells(new Recovering("worker c:1 joined")));
        assertThat(story.on(new RanksPrepared(8, C, List.of()))).isEmpty();
        assertThat(story.recovery.state()).isInstanceOf(Gathering.class);
    }

    @Test
    void aWorkerThatComesAndCannotTakeRanksIsLeftAlone() {
        Story story = together();
        story.on(new WorkerLost(B));
        goesOnWithA(story, 8);
        story.on(new RanksPrepared(8, A, List.of(PLACE_A, place(1, A))));
        story.on(new RanksConnected(8, A));
        story.on(here(C));

        assertThat(story.on(new PrepareFailed(8, C, BAD_INPUT)))
                .containsExactly(tells(new Noticed("c:1 takes no part: no such file")));

        assertThat(story.recovery.state()).isInstanceOf(Training.class);
        story.on(new WorkerLost(C));
        assertThat(story.recovery.state()).isInstanceOf(Training.class);
    }

    @Test
    void aCoordinatorThatIsMadeAnewGoesOnWithWhatWorkersHave() {
        Story story = new Story(Given.IDLE);
        story.on(new WorkerHere(A, "a:1", 1, EPOCH, Optional.of(ORDER), true));
        story.on(new WorkerLost(B));
        story.passes(1);

        goesOnWithA(story, 8);

        assertThat(story.recovery.status().phase()).isEqualTo("preparing");
    }

    @Test
    void whatHasFailedTwiceWithWhatIsInMemoryGoesBackToACheckpoint() {
        Story story = together();
        story.on(new RankFailed(EPOCH, 1, "NaN"));
        story.on(new WorkerLost(B));
        goesOnWithA(story, 8);
        story.on(new RanksPrepared(8, A, List.of(PLACE_A, place(1, A))));
        story.on(new RanksConnected(8, A));

        story.on(new RankFailed(8, 1, "NaN"));
        story.passes(0.1);

        assertThat(first(ReadFolder.class, story.on(new Tick())).live()).isEmpty();
        assertThat(story.recovery.state()).isInstanceOf(Reading.class);
    }

    @Test
    void theNextRunKnowsNothingOfTheOneBefore() {
        Story story = new Story(Given.TRAINING);
        story.on(new InterruptAsked("run"));
        story.on(new TrainerFinished(EPOCH, result(Reason.INTERRUPTED)));
        story.on(new OutcomeRead(EPOCH, ENDED));

        assertThat(story.on(here(C, Optional.of(OTHER_ORDER)))).containsExactly(new WatchWorker(C));

        assertThat(((Gathering) story.recovery.state()).run().client()).isEmpty();
        assertThat(((Gathering) story.recovery.state()).run().interrupted()).isFalse();
    }
}
