package millrace.actors.rank.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.ChunkDone;
import millrace.actors.rank.EvaluationId;
import millrace.actors.rank.Packet;
import millrace.actors.rank.Packet.Activation;
import millrace.actors.rank.Packet.EvaluationActivation;
import millrace.actors.rank.actor.RankProtocol.Advance;
import millrace.actors.rank.actor.RankProtocol.AskPosition;
import millrace.actors.rank.actor.RankProtocol.Command;
import millrace.actors.rank.actor.RankProtocol.Drain;
import millrace.actors.rank.actor.RankProtocol.Evaluate;
import millrace.actors.rank.actor.RankProtocol.FromRank;
import millrace.actors.rank.actor.RankProtocol.TakeSnapshot;
import millrace.actors.rank.actor.TrainerProtocol.Drained;
import millrace.actors.rank.actor.TrainerProtocol.Evaluated;
import millrace.actors.rank.actor.TrainerProtocol.Message;
import millrace.actors.rank.actor.TrainerProtocol.Position;
import millrace.actors.rank.actor.TrainerProtocol.SnapshotTaken;
import millrace.nn.infer.Evaluation;
import millrace.nn.infer.Predictor;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;
import millrace.nn.weights.NamedTensor;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a stage actor evaluates a set of six chunks with a window of two. */
class EvaluationTest {
    private static final EvaluationId FIRST = new EvaluationId(1, "validation", 0);
    private static final EvaluationId SECOND = new EvaluationId(2, "test", 0);

    private final RankKit line = new RankKit();

    @AfterEach
    void close() {
        line.close();
    }

    /** Numbers of the chunks that the first stage has sent since last asked; their tensors are given up. */
    private List<Integer> sent() {
        List<Integer> chunks = new ArrayList<>();
        for (EvaluationActivation packet : RankKit.sent(line.ranks.get(1), EvaluationActivation.class)) {
            chunks.add(packet.chunk());
            packet.tensor().release();
        }
        return chunks;
    }

    @Test
    void theFirstStageSendsAWindowAndThenAChunkForEachThatIsDone() {
        BehaviorTestKit<Command> first = line.stage(0);

        first.run(new Evaluate(FIRST));
        assertThat(sent()).containsExactly(0, 1);
        for (int chunk = 2; chunk < 6; chunk++) {
            first.run(new FromRank(new ChunkDone(FIRST, chunk - 1)));
            assertThat(sent()).containsExactly(chunk);
        }
        first.run(new FromRank(new ChunkDone(FIRST, 5)));
        first.run(new FromRank(new ChunkDone(FIRST, 6)));

        assertThat(sent()).isEmpty();
        first.run(new Drain());
        assertThat(line.observer.getAllReceived())
                .singleElement()
                .isInstanceOfSatisfying(
                        Drained.class, drained -> assertThat(drained.rank()).isZero());
    }

    @Test
    void aCreditOfTheEvaluationBeforeDoesNotStartItAgain() {
        BehaviorTestKit<Command> first = line.stage(0);
        first.run(new Evaluate(FIRST));
        assertThat(sent()).containsExactly(0, 1);
        for (int chunk = 2; chunk < 6; chunk++) {
            first.run(new FromRank(new ChunkDone(FIRST, chunk - 1)));
            assertThat(sent()).containsExactly(chunk);
        }

        first.run(new Evaluate(SECOND));
        assertThat(sent()).as("the first is not through").isEmpty();
        first.run(new FromRank(new ChunkDone(FIRST, 6)));
        assertThat(sent()).containsExactly(0, 1);
        first.run(new FromRank(new ChunkDone(FIRST, 6)));
        assertThat(sent()).as("only its own credits count").isEmpty();
        first.run(new FromRank(new ChunkDone(SECOND, 1)));

        assertThat(sent()).containsExactly(2);
    }

    @Test
    void theLastStageGivesCreditsAndReportsOnceAllChunksAreThrough() {
        BehaviorTestKit<Command> last = line.stage(2);

        // chunks may overtake each other within the window, and come before the trainer's word
        for (int chunk : new int[] {1, 0, 2, 4, 3}) {
            last.run(chunk(2, chunk));
        }
        last.run(new Evaluate(FIRST));
        assertThat(line.observer.hasMessages()).isFalse();
        last.run(chunk(2, 5));

        assertThat(RankKit.sent(line.ranks.get(0), ChunkDone.class))
                .extracting(ChunkDone::through)
                .as("1 and 4 wait for their turn")
                .containsExactly(0, 2, 3, 3, 5, 6);
        List<Message> reports = line.observer.getAllReceived();
        assertThat(reports).hasSize(1);
        assertThat(reports.getFirst())
                .isInstanceOfSatisfying(
                        Evaluated.class,
                        evaluated ->
                                assertThat(evaluated.evaluation().samples()).isEqualTo(21));
    }

    private FromRank chunk(int stage, int chunk) {
        int rows = chunk < 5 ? RankKit.ROWS : 1;
        return new FromRank(new EvaluationActivation(
                RankKit.RUN_EPOCH, stage, FIRST, chunk, RankKit.zeros(rows, line.columns(stage))));
    }

    @Test
    void creditsThatAreLostOrComeTwiceOrLateAreMadeGoodByTheNext() {
        BehaviorTestKit<Command> first = line.stage(0);
        first.run(new Evaluate(FIRST));
        assertThat(sent()).containsExactly(0, 1);

        first.run(new FromRank(new ChunkDone(FIRST, 2)));
        assertThat(sent()).as("the first credit is lost").containsExactly(2, 3);
        first.run(new FromRank(new ChunkDone(FIRST, 2)));
        first.run(new FromRank(new ChunkDone(FIRST, 1)));

        assertThat(sent()).isEmpty();
        assertThatIllegalStateException()
                .isThrownBy(() -> first.run(new FromRank(new ChunkDone(FIRST, 5))))
                .withMessageContaining("(expected: at most 4, as were sent)");
    }

    @Test
    void aChunkThatComesTwiceIsGivenUpAndCountsOnce() {
        BehaviorTestKit<Command> last = line.stage(2);
        try (Arena arena = Arena.ofConfined()) {
            TensorPool pool = new TensorPool("chunks", arena, (long) RankKit.ROWS * line.columns(2), 12);
            for (int chunk = 0; chunk < 6; chunk++) {
                last.run(pooled(pool, FIRST, chunk));
                last.run(pooled(pool, FIRST, chunk));
            }
            last.run(pooled(pool, SECOND, 0));
            last.run(pooled(pool, FIRST, 3));

            assertThat(pool.inUse()).as("infer gave up what was needed").isZero();
        }
        assertThat(RankKit.all(line.observer, Evaluated.class))
                .singleElement()
                .satisfies(evaluated ->
                        assertThat(evaluated.evaluation().samples()).isEqualTo(21));
        last.run(new Drain());
        assertThat(RankKit.all(line.observer, Drained.class))
                .singleElement()
                .satisfies(drained -> assertThat(drained.figures().duplicates()).isEqualTo(7));
        assertThat(RankKit.sent(line.ranks.get(0), ChunkDone.class))
                .as("the evaluation before is not begun again")
                .last()
                .isEqualTo(new ChunkDone(SECOND, 1));
    }

    private FromRank pooled(TensorPool pool, EvaluationId id, int chunk) {
        int rows = chunk < 5 ? RankKit.ROWS : 1;
        Shape shape = Shape.of(rows, line.columns(2));
        return new FromRank(
                new EvaluationActivation(RankKit.RUN_EPOCH, 2, id, chunk, pool.take(ElementType.F32, shape)));
    }

    @Test
    void aChunkBeyondTheEndIsRefused() {
        assertThatIllegalStateException()
                .isThrownBy(() -> line.stage(2).run(chunk(2, 6)))
                .withMessageEndingWith("(expected: below 6, for one of the stages [2])");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 'stage 0 waits for credits, 0 of 6 chunks of the validation set are through'",
        "1, 'stage 1 waits for chunk 0 of the validation set'",
        "2, 'stage 2 waits for chunk 0 of the validation set'"
    })
    void aStageThatIsAskedSaysWhatItsEvaluationWaitsFor(int rank, String expected) {
        BehaviorTestKit<Command> stage = line.stage(rank);
        stage.run(new Evaluate(FIRST));

        stage.run(new AskPosition(3));
        stage.run(new AskPosition(3));

        // Connect and Evaluate
        assertThat(RankKit.all(line.observer, Position.class))
                .hasSize(2)
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("pace")
                .containsOnly(new Position(3, rank, 2, false, expected));
    }

    @Test
    void inTheMiddleOfATrainingAMessageThatIsHereComesBeforeTheNextChunk() {
        RunPlan stream = RankKit.plan().streamed(new StreamSpec(3, 3, 0, WeightPolicy.STASH));
        try (RankKit training = new RankKit(stream)) {
            BehaviorTestKit<Command> first = training.stage(0);
            first.run(new Advance(3, 1));
            assertThat(kinds(training)).containsExactly(Activation.class, Activation.class, Activation.class);

            first.run(new Evaluate(FIRST));
            assertThat(kinds(training)).as("one chunk at a time").containsExactly(EvaluationActivation.class);
            assertThat(first.selfInbox().hasMessages()).isTrue();
            // comes before what the rank has told itself
            first.run(training.delta(0, 0));
            assertThat(kinds(training)).containsExactly(Activation.class, EvaluationActivation.class);
            first.runOne();
            assertThat(kinds(training)).as("the window is full").isEmpty();
            assertThat(first.selfInbox().hasMessages())
                    .as("nobody goes on for ever")
                    .isFalse();
        }
    }

    private static List<Class<?>> kinds(RankKit of) {
        List<Class<?>> kinds = new ArrayList<>();
        for (Packet packet : RankKit.sent(of.ranks.get(1), Packet.class)) {
            kinds.add(packet.getClass());
            packet.tensor().release();
        }
        return kinds;
    }

    @Test
    void aStageBetweenPassesChunksOn() {
        BehaviorTestKit<Command> middle = line.stage(1);

        middle.run(chunk(1, 3));

        assertThat(RankKit.sent(line.ranks.get(2), EvaluationActivation.class))
                .singleElement()
                .satisfies(packet -> {
                    assertThat(packet.runEpoch()).isEqualTo(RankKit.RUN_EPOCH);
                    assertThat(packet.stage()).isEqualTo(2);
                    assertThat(packet.id()).isEqualTo(FIRST);
                    assertThat(packet.chunk()).isEqualTo(3);
                    assertThat(packet.tensor().shape()).isEqualTo(Shape.of(RankKit.ROWS, line.columns(2)));
                });
    }

    @Test
    void threeStagesTogetherEvaluateAsThePredictorDoes() {
        List<BehaviorTestKit<Command>> kits = List.of(line.stage(0), line.stage(1), line.stage(2));
        kits.forEach(kit -> kit.run(new TakeSnapshot(false)));
        Map<String, Tensor> weights = new LinkedHashMap<>();
        for (SnapshotTaken taken : RankKit.all(line.observer, SnapshotTaken.class)) {
            for (NamedTensor weight : taken.stages().getFirst().snapshot().weights()) {
                weights.put(weight.name(), weight.tensor());
            }
        }
        kits.forEach(kit -> kit.run(new Evaluate(FIRST)));
        boolean moved = true;
        while (moved) {
            moved = false;
            for (int rank = 0; rank < 3; rank++) {
                for (Command command : line.ranks.get(rank).getAllReceived()) {
                    kits.get(rank).run(command);
                    moved = true;
                }
            }
        }

        Evaluation expected = new Predictor(line.plan.spec().model(), weights)
                .evaluate(line.plan.spec().loss(), RankKit.HELD_OUT);
        List<Evaluated> reports = RankKit.all(line.observer, Evaluated.class);
        assertThat(reports).hasSize(1);
        Evaluation evaluation = reports.getFirst().evaluation();
        assertThat(evaluation.confusion()).isEqualTo(expected.confusion());
        assertThat(evaluation.loss()).isCloseTo(expected.loss(), within(1e-6));
    }
}
