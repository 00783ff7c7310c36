package millrace.actors.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import akka.actor.testkit.typed.javadsl.TestInbox;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import millrace.actors.run.PlanBuilder;
import millrace.actors.run.RunPlan;
import millrace.actors.stage.StageProtocol.Activation;
import millrace.actors.stage.StageProtocol.Advance;
import millrace.actors.stage.StageProtocol.Command;
import millrace.actors.stage.StageProtocol.Connect;
import millrace.actors.stage.StageProtocol.Drain;
import millrace.actors.stage.StageProtocol.Drained;
import millrace.actors.stage.StageProtocol.ErrorDelta;
import millrace.actors.stage.StageProtocol.EvaluationActivation;
import millrace.actors.stage.StageProtocol.EvaluationId;
import millrace.actors.stage.StageProtocol.Packet;
import millrace.actors.stage.StageProtocol.Reached;
import millrace.actors.stage.StageProtocol.Report;
import millrace.actors.stage.StageProtocol.SnapshotTaken;
import millrace.actors.stage.StageProtocol.StepDone;
import millrace.actors.stage.StageProtocol.TakeSnapshot;
import millrace.nn.data.Dataset;
import millrace.nn.model.StageModel;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One stage actor between inboxes: messages in, messages out. */
class StageTest {
    private static final long RUN_EPOCH = 4;
    private static final int WINDOW = 2;
    /** Six chunks of four. */
    private static final Dataset HELD_OUT = PlanBuilder.data(21, 5);

    private final RunPlan plan =
            new PlanBuilder().line(3, "1f1b", 2).validation(HELD_OUT).build();
    private final List<TestInbox<Command>> ranks =
            Stream.generate(TestInbox::<Command>create).limit(3).toList();
    private final TestInbox<Report> observer = TestInbox.create();
    private final Semaphore computing = new Semaphore(1);
    private final StageCore[] cores = new StageCore[3];

    @AfterEach
    void close() {
        assertThat(computing.availablePermits()).isEqualTo(1);
        Stream.of(cores)
                .filter(core -> core != null)
                .flatMap(core -> core.models().stream())
                .forEach(StageModel::close);
    }

    private BehaviorTestKit<Command> stage(int rank) {
        cores[rank] = new StageCore(plan, rank, WINDOW);
        Stage.Settings settings =
                new Stage.Settings(rank, RUN_EPOCH, plan.schedule(), plan.data().evaluated()::get, WINDOW, computing);
        BehaviorTestKit<Command> kit = BehaviorTestKit.create(Stage.create(settings, cores[rank]));
        kit.run(new Connect(ranks.stream().map(TestInbox::getRef).toList(), observer.getRef()));
        return kit;
    }

    private static Tensor tensor(int columns) {
        return Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(4, columns));
    }

    /** Columns of what goes into a stage. */
    private int columns(int stage) {
        return (int) plan.spec()
                .model()
                .shapeBefore(plan.partition().range(stage).from())
                .size();
    }

    private Activation activation(int stage, long step, int microBatch) {
        return new Activation(RUN_EPOCH, stage, step, microBatch, tensor(columns(stage)));
    }

    private ErrorDelta delta(int stage, long step, int microBatch) {
        return new ErrorDelta(RUN_EPOCH, stage, step, microBatch, tensor(columns(stage + 1)));
    }

    @Test
    void anActivationMakesTheNextStageGetOne() {
        BehaviorTestKit<Command> middle = stage(1);
        middle.run(new Advance(1));

        middle.run(activation(1, 0, 0));

        assertThat(ranks.get(2).receiveMessage()).isInstanceOfSatisfying(Activation.class, sent -> {
            assertThat(sent.runEpoch()).isEqualTo(RUN_EPOCH);
            assertThat(sent.stage()).isEqualTo(2);
            assertThat(sent.step()).isZero();
            assertThat(sent.microBatch()).isZero();
            assertThat(sent.tensor().shape()).isEqualTo(Shape.of(4, columns(2)));
        });
        assertThat(ranks.get(2).hasMessages()).isFalse();
        assertThat(ranks.get(0).hasMessages()).isFalse();
    }

    @Test
    void anErrorDeltaMakesTheStageBeforeGetOne() {
        BehaviorTestKit<Command> middle = stage(1);
        middle.run(new Advance(1));
        middle.run(delta(1, 0, 0));
        middle.run(activation(1, 0, 1));
        assertThat(ranks.get(0).hasMessages())
                .as("nothing goes back before it went forward")
                .isFalse();

        middle.run(activation(1, 0, 0));

        assertThat(ranks.get(0).receiveMessage()).isInstanceOfSatisfying(ErrorDelta.class, sent -> {
            assertThat(sent.runEpoch()).isEqualTo(RUN_EPOCH);
            assertThat(sent.stage()).isZero();
            assertThat(sent.microBatch()).isZero();
            assertThat(sent.tensor().shape()).isEqualTo(Shape.of(4, columns(1)));
        });
        assertThat(ranks.get(2).getAllReceived())
                .extracting(command -> ((Activation) command).microBatch())
                .containsExactly(0, 1);
    }

    @Test
    void nothingIsDoneBeforeStepsAreGranted() {
        BehaviorTestKit<Command> middle = stage(1);

        middle.run(activation(1, 0, 0));
        assertThat(ranks.get(2).hasMessages()).isFalse();
        middle.run(new Advance(1));

        assertThat(ranks.get(2).receiveMessage()).isInstanceOf(Activation.class);
    }

    @Test
    void theLastStageReportsTheLossThenThatItsStepsAreMade() {
        BehaviorTestKit<Command> last = stage(2);
        last.run(new Advance(1));

        last.run(activation(2, 0, 0));
        last.run(activation(2, 0, 1));

        assertThat(ranks.get(1).getAllReceived()).hasSize(2).hasOnlyElementsOfType(ErrorDelta.class);
        List<Report> reports = observer.getAllReceived();
        assertThat(reports).hasSize(2);
        assertThat(reports.getFirst()).isInstanceOfSatisfying(StepDone.class, done -> {
            assertThat(done.step()).isEqualTo(1);
            assertThat(done.loss()).isPositive();
        });
        assertThat(reports.getLast()).isEqualTo(new Reached(2, 1));
    }

    @Test
    void anotherStageReportsOnlyThatItsStepsAreMade() {
        BehaviorTestKit<Command> first = stage(0);
        first.run(new Advance(1));
        assertThat(ranks.get(1).getAllReceived()).hasSize(2).hasOnlyElementsOfType(Activation.class);

        first.run(delta(0, 0, 0));
        first.run(delta(0, 0, 1));

        assertThat(observer.getAllReceived()).containsExactly(new Reached(0, 1));
        assertThat(ranks.get(1).hasMessages())
                .as("the next step is not granted")
                .isFalse();
    }

    @Test
    void packetsOfAnEarlierRunEpochAreDroppedAndReleased() {
        BehaviorTestKit<Command> middle = stage(1);
        middle.run(new Advance(1));
        try (Arena arena = Arena.ofConfined()) {
            TensorPool pool = new TensorPool("packets", arena, 4L * columns(1), 3);
            Shape shape = Shape.of(4, columns(1));
            EvaluationId id = new EvaluationId(1, "validation");
            List<Packet> outdated = List.of(
                    new Activation(RUN_EPOCH - 1, 1, 0, 0, pool.take(ElementType.F32, shape)),
                    new ErrorDelta(RUN_EPOCH - 1, 1, 0, 0, pool.take(ElementType.F32, shape)),
                    new EvaluationActivation(RUN_EPOCH - 1, 1, id, 0, pool.take(ElementType.F32, shape)));

            outdated.forEach(middle::run);

            assertThat(pool.inUse()).isZero();
            assertThat(ranks).noneMatch(TestInbox::hasMessages);
            middle.run(activation(1, 0, 0));
            assertThat(ranks.get(2).receiveMessage()).isInstanceOf(Activation.class);
        }
    }

    @Test
    void aFailureSaysWhereItHappenedAndGivesItsPermitBack() {
        BehaviorTestKit<Command> middle = stage(1);
        middle.run(new Advance(1));
        Activation tooLarge = new Activation(
                RUN_EPOCH, 1, 0, 0, Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(9, columns(1))));

        assertThatExceptionOfType(StageFailure.class)
                .isThrownBy(() -> middle.run(tooLarge))
                .withMessageStartingWith("stage 1, step 0, action 1F0: activations of layer")
                .withCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void aDrainedStageSaysSoAndOneThatIsNotFails() {
        BehaviorTestKit<Command> middle = stage(1);
        middle.run(new Drain());
        assertThat(observer.receiveMessage()).isEqualTo(new Drained(1));

        middle.run(activation(1, 0, 0));

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> middle.run(new Drain()))
                .withMessageContaining("tensors left over");
    }

    @Test
    void aSnapshotHoldsTheWeightsOfTheStage() {
        BehaviorTestKit<Command> middle = stage(1);

        middle.run(new TakeSnapshot());

        assertThat(observer.receiveMessage()).isInstanceOfSatisfying(SnapshotTaken.class, taken -> {
            assertThat(taken.rank()).isEqualTo(1);
            assertThat(taken.stages()).hasSize(1);
            assertThat(taken.stages().getFirst().stage()).isEqualTo(1);
            assertThat(taken.stages().getFirst().snapshot().weights()).hasSize(2);
            assertThat(taken.stages().getFirst().snapshot().optimizerState()).hasSize(4);
        });
    }
}
