package millrace.actors.rank.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import akka.actor.testkit.typed.javadsl.TestInbox;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import millrace.actors.link.LinkSpec;
import millrace.actors.rank.EvaluationId;
import millrace.actors.rank.Packet;
import millrace.actors.rank.Packet.Activation;
import millrace.actors.rank.Packet.ErrorDelta;
import millrace.actors.rank.Packet.EvaluationActivation;
import millrace.actors.rank.actor.RankProtocol.Advance;
import millrace.actors.rank.actor.RankProtocol.AskPosition;
import millrace.actors.rank.actor.RankProtocol.Command;
import millrace.actors.rank.actor.RankProtocol.Drain;
import millrace.actors.rank.actor.RankProtocol.FromRank;
import millrace.actors.rank.actor.RankProtocol.TakeSnapshot;
import millrace.actors.rank.actor.TrainerProtocol.Drained;
import millrace.actors.rank.actor.TrainerProtocol.Message;
import millrace.actors.rank.actor.TrainerProtocol.Position;
import millrace.actors.rank.actor.TrainerProtocol.Reached;
import millrace.actors.rank.actor.TrainerProtocol.SnapshotTaken;
import millrace.actors.rank.actor.TrainerProtocol.StepDone;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One stage actor between inboxes: messages in, messages out. */
class RankActorTest {
    private final RankKit line = new RankKit();

    @AfterEach
    void close() {
        line.close();
    }

    @Test
    void anActivationMakesTheNextStageGetOne() {
        BehaviorTestKit<Command> middle = line.stage(1);
        middle.run(new Advance(1, 1));

        middle.run(line.activation(1, 0));

        assertThat(RankKit.sent(line.ranks.get(2), Activation.class))
                .singleElement()
                .satisfies(sent -> {
                    assertThat(sent.runEpoch()).isEqualTo(RankKit.RUN_EPOCH);
                    assertThat(sent.stage()).isEqualTo(2);
                    assertThat(sent.step()).isZero();
                    assertThat(sent.microBatch()).isZero();
                    assertThat(sent.tensor().shape()).isEqualTo(Shape.of(4, line.columns(2)));
                });
        assertThat(line.ranks.get(2).hasMessages()).isFalse();
        assertThat(line.ranks.get(0).hasMessages()).isFalse();
    }

    @Test
    void anErrorDeltaMakesTheStageBeforeGetOne() {
        BehaviorTestKit<Command> middle = line.stage(1);
        middle.run(new Advance(1, 1));
        middle.run(line.delta(1, 0));
        middle.run(line.activation(1, 1));
        assertThat(line.ranks.get(0).hasMessages())
                .as("nothing goes back before it went forward")
                .isFalse();

        middle.run(line.activation(1, 0));

        assertThat(RankKit.sent(line.ranks.get(0), ErrorDelta.class))
                .singleElement()
                .satisfies(sent -> {
                    assertThat(sent.runEpoch()).isEqualTo(RankKit.RUN_EPOCH);
                    assertThat(sent.stage()).isZero();
                    assertThat(sent.microBatch()).isZero();
                    assertThat(sent.tensor().shape()).isEqualTo(Shape.of(4, line.columns(1)));
                });
        assertThat(RankKit.sent(line.ranks.get(2), Activation.class))
                .extracting(Activation::microBatch)
                .containsExactly(0, 1);
    }

    @Test
    void nothingIsDoneBeforeStepsAreGranted() {
        BehaviorTestKit<Command> middle = line.stage(1);

        middle.run(line.activation(1, 0));
        assertThat(line.ranks.get(2).hasMessages()).isFalse();
        middle.run(new Advance(1, 1));

        assertThat(RankKit.sent(line.ranks.get(2), Activation.class)).hasSize(1);
    }

    @Test
    void theLastStageReportsTheLossThenThatItsStepsAreMade() {
        BehaviorTestKit<Command> last = line.stage(2);
        last.run(new Advance(1, 1));

        last.run(line.activation(2, 0));
        last.run(line.activation(2, 1));

        assertThat(RankKit.sent(line.ranks.get(1), ErrorDelta.class)).hasSize(2);
        List<Message> reports = line.observer.getAllReceived();
        assertThat(reports).hasSize(2);
        assertThat(reports.getFirst()).isInstanceOfSatisfying(StepDone.class, done -> {
            assertThat(done.step()).isEqualTo(1);
            assertThat(done.loss().mean()).isPositive();
        });
        assertThat(reports.getLast()).isEqualTo(new Reached(2, 1));
    }

    @Test
    void anotherStageReportsOnlyThatItsStepsAreMade() {
        BehaviorTestKit<Command> first = line.stage(0);
        first.run(new Advance(1, 1));
        assertThat(RankKit.sent(line.ranks.get(1), Activation.class)).hasSize(2);

        first.run(line.delta(0, 0));
        first.run(line.delta(0, 1));

        assertThat(line.observer.getAllReceived()).containsExactly(new Reached(0, 1));
        assertThat(line.ranks.get(1).hasMessages())
                .as("the next step is not granted")
                .isFalse();
    }

    @Test
    void packetsOfAnEarlierRunEpochAreDroppedAndReleased() {
        BehaviorTestKit<Command> middle = line.stage(1);
        middle.run(new Advance(1, 1));
        try (Arena arena = Arena.ofConfined()) {
            TensorPool pool = new TensorPool("packets", arena, 4L * line.columns(1), 3);
            Shape shape = Shape.of(4, line.columns(1));
            EvaluationId id = new EvaluationId(1, "validation", 0);
            List<Packet> outdated = List.of(
                    new Activation(RankKit.RUN_EPOCH - 1, 1, 0, 0, pool.take(ElementType.F32, shape)),
                    new ErrorDelta(RankKit.RUN_EPOCH - 1, 1, 0, 0, pool.take(ElementType.F32, shape)),
                    new EvaluationActivation(RankKit.RUN_EPOCH - 1, 1, id, 0, pool.take(ElementType.F32, shape)));

            outdated.forEach(packet -> middle.run(new FromRank(packet)));

            assertThat(pool.inUse()).isZero();
            assertThat(line.ranks).noneMatch(TestInbox::hasMessages);
            middle.run(line.activation(1, 0));
            assertThat(RankKit.sent(line.ranks.get(2), Activation.class)).hasSize(1);
        }
    }

    @Test
    void aFailureSaysWhereItHappenedAndGivesItsPermitBack() {
        BehaviorTestKit<Command> middle = line.stage(1);
        middle.run(new Advance(1, 1));
        FromRank tooLarge = new FromRank(new Activation(RankKit.RUN_EPOCH, 1, 0, 0, RankKit.zeros(9, line.columns(1))));

        assertThatExceptionOfType(RankFailure.class)
                .isThrownBy(() -> middle.run(tooLarge))
                .withMessageStartingWith("stage 1, step 0, action 1F0: activations of layer")
                .withCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatComesTwiceIsGivenUpAndCounted() {
        BehaviorTestKit<Command> middle = line.stage(1);
        middle.run(new Advance(1, 1));
        for (int microBatch = 0; microBatch < 2; microBatch++) {
            for (int times = 0; times < 3; times++) {
                middle.run(line.activation(1, microBatch));
                middle.run(line.delta(1, microBatch));
            }
        }

        List<Activation> activations = RankKit.sent(line.ranks.get(2), Activation.class);
        List<ErrorDelta> deltas = RankKit.sent(line.ranks.get(0), ErrorDelta.class);
        assertThat(activations).hasSize(2);
        assertThat(deltas).hasSize(2);
        activations.forEach(packet -> packet.tensor().release());
        deltas.forEach(packet -> packet.tensor().release());
        middle.run(new Drain());
        assertThat(line.observer.getAllReceived())
                .last()
                .isInstanceOfSatisfying(
                        Drained.class,
                        drained -> assertThat(drained.figures().duplicates()).isEqualTo(8));
    }

    @Test
    void whatALinkLosesOrDoublesGivesItsBufferBack() {
        for (double[] chances : new double[][] {{1 - 1e-9, 0}, {0, 1 - 1e-9}}) {
            LinkSpec link =
                    new LinkSpec(Duration.ZERO, Duration.ZERO, Double.POSITIVE_INFINITY, chances[0], chances[1], 1);
            BehaviorTestKit<Command> middle = line.stage(1, link);
            Tensor input = RankKit.zeros(RankKit.ROWS, line.columns(1));
            middle.run(new FromRank(
                    new EvaluationActivation(RankKit.RUN_EPOCH, 1, new EvaluationId(1, "validation", 0), 0, input)));

            List<EvaluationActivation> sent = RankKit.sent(line.ranks.get(2), EvaluationActivation.class);
            assertThat(sent).hasSize(chances[0] > 0 ? 0 : 2);
            // nobody gave the copies up, and no buffer is missing
            middle.run(new Drain());
            assertThat(line.observer.getAllReceived()).singleElement().isInstanceOf(Drained.class);
        }
    }

    @Test
    void aStageThatIsAskedSaysWhatItWaitsForAndHowManyMessagesItHandled() {
        BehaviorTestKit<Command> middle = line.stage(1);
        middle.run(new AskPosition(4));
        middle.run(new Advance(1, 1));
        middle.run(new AskPosition(4));
        middle.run(line.activation(1, 0));
        middle.run(line.activation(1, 1));
        middle.run(new AskPosition(4));

        // how long it has waited and worked is a matter of the clock
        assertThat(line.observer.getAllReceived())
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("pace")
                .containsExactly(
                        new Position(4, 1, 1, false, "rank 1 has made its 0 batches"),
                        new Position(4, 1, 2, false, "stage 1 waits for the activation of micro-batch 0 of batch 0"),
                        new Position(4, 1, 4, false, "stage 1 waits for the error delta of micro-batch 0 of batch 0"));
    }

    @Test
    void aDrainedStageSaysSoAndOneThatIsNotFails() {
        BehaviorTestKit<Command> middle = line.stage(1);
        middle.run(new Drain());
        assertThat(line.observer.receiveMessage())
                .isInstanceOfSatisfying(
                        Drained.class, drained -> assertThat(drained.rank()).isEqualTo(1));

        middle.run(line.activation(1, 0));

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> middle.run(new Drain()))
                .withMessageContaining("tensors left over");
    }

    @Test
    void aSnapshotHoldsTheWeightsOfTheStage() {
        BehaviorTestKit<Command> middle = line.stage(1);

        middle.run(new TakeSnapshot(false));

        assertThat(line.observer.receiveMessage()).isInstanceOfSatisfying(SnapshotTaken.class, taken -> {
            assertThat(taken.rank()).isEqualTo(1);
            assertThat(taken.stages()).hasSize(1);
            assertThat(taken.stages().getFirst().stage()).isEqualTo(1);
            assertThat(taken.stages().getFirst().snapshot().weights()).hasSize(2);
            assertThat(taken.stages().getFirst().snapshot().optimizerState()).hasSize(4);
        });
    }
}
