package millrace.actors.rank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import millrace.actors.event.Recorder;
import millrace.actors.event.RunResult;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Snapshot;
import millrace.actors.rank.Packet.Activation;
import millrace.actors.rank.Task.EndOfBatch;
import millrace.actors.rank.Work.Outcome;
import millrace.actors.run.SequentialRun;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;
import millrace.schedule.Validator;
import millrace.schedule.order.Flushed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlushingCoreTest {
    private static final long EPOCH = 1;

    private static Activation activation(int stage, long step, int microBatch, Tensor tensor) {
        return new Activation(EPOCH, stage, step, microBatch, tensor);
    }

    /** The messages of the next piece of work, of which there is one. */
    private static List<LineMessage> sent(TrainingCore core) {
        return core.work().orElseThrow().sends().stream()
                .map(Work.Send::message)
                .toList();
    }

    /** Runs the plan both ways; the line under the given seed. */
    private static FlushingCore core(RunPlan plan, int rank) {
        return new FlushingCore(plan, ((Flushed) plan.order()).schedule(), rank, EPOCH, 1, new Outbox());
    }

    private static void assertEqualsSequential(RunPlan plan, long seed) {
        Recorder recorder = Recorder.ofEvents();
        RunResult expected = new SequentialRun(plan, recorder).run();
        try (CoreLine line = new CoreLine(plan, new Random(seed))) {
            line.run(expected.steps());
            line.checkDrained();

            assertThat(line.losses()).as("seed %d", seed).isEqualTo(recorder.losses());
            assertThat(line.snapshot().weightsSha256())
                    .as("seed %d: %s", seed, plan.order().name())
                    .isEqualTo(expected.finalState().weightsSha256());
            assertThat(line.snapshot().step()).isEqualTo(expected.steps());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1f1b, 4, 1",
        "2, 1f1b, 2, 2",
        "2, gpipe, 8, 3",
        "3, 1f1b, 8, 4",
        "3, gpipe, 2, 5",
        "3, 1f1b, 1, 6",
        "4, 1f1b, 4, 7",
        "4, gpipe, 4, 8",
        "2, 1f1b, 8, 9",
        "3, gpipe, 8, 10"
    })
    void anyOrderOfDeliveryGivesTheWeightsOfTheSequentialRun(int stages, String name, int microBatches, long seed) {
        assertEqualsSequential(
                new PlanBuilder().line(stages, name, microBatches).build(), seed);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void severalStagesOfARankHandOverWithoutMessages(long seed) {
        // a V: rank 0 holds the first and the last stage, rank 1 the two between
        List<List<Action>> order = List.of(new ArrayList<>(), new ArrayList<>());
        List<List<Integer>> placement = List.of(List.of(0, 3), List.of(1, 2));
        for (int rank = 0; rank < 2; rank++) {
            List<Integer> stages = placement.get(rank);
            addAll(order.get(rank), stages, List.of(Kind.F), 4);
            addAll(order.get(rank), stages.reversed(), List.of(Kind.B), 4);
        }
        Schedule folded = Validator.checked(new Schedule("folded", Placement.of(placement, 4), order));

        assertEqualsSequential(new PlanBuilder().schedule(folded).build(), seed);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aSplitBackwardGivesTheSameWeights(long seed) {
        List<List<Action>> order = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int rank = 0; rank < 3; rank++) {
            addAll(order.get(rank), List.of(rank), List.of(Kind.F), 4);
            addAll(order.get(rank), List.of(rank), rank == 1 ? List.of(Kind.I, Kind.W) : List.of(Kind.I), 4);
            addAll(order.get(rank), List.of(rank), rank == 1 ? List.of() : List.of(Kind.W), 4);
        }
        List<List<Integer>> placement = List.of(List.of(0), List.of(1), List.of(2));
        Schedule split = Validator.checked(new Schedule("split", Placement.of(placement, 4), order));

        assertEqualsSequential(
                new PlanBuilder().schedule(split).optimizer(new Sgd(0.1, 0.9)).build(), seed);
    }

    private static void addAll(List<Action> order, List<Integer> stages, List<Kind> kinds, int microBatches) {
        for (int stage : stages) {
            for (int i = 0; i < microBatches; i++) {
                for (Kind kind : kinds) {
                    order.add(new Action(stage, kind, i));
                }
            }
        }
    }

    @Test
    void aRestoredLineGoesOnAsIfNothingHadHappened() {
        PlanBuilder plan = new PlanBuilder().line(2, "1f1b", 4);
        RunResult expected = new SequentialRun(plan.build(), Recorder.ofEvents()).run();
        Snapshot middle;
        try (CoreLine line = new CoreLine(plan.build(), new Random(1))) {
            line.run(4);
            middle = line.snapshot();
        }
        try (CoreLine line =
                new CoreLine(plan.line(3, "gpipe", 4).resume(middle).build(), new Random(2))) {
            line.run(9);

            assertThat(line.losses()).hasSize(5);
            assertThat(line.snapshot().weightsSha256())
                    .isEqualTo(expected.finalState().weightsSha256());
        }
    }

    @Test
    void nothingIsDoneBeyondTheGrant() {
        FlushingCore first = core(new PlanBuilder().line(2, "gpipe", 2).build(), 0);

        assertThat(first.work()).isEmpty();
        first.advance(1, 1);
        assertThat(sent(first)).singleElement().isInstanceOf(Activation.class);
        assertThat(sent(first)).singleElement().isInstanceOf(Activation.class);
        assertThat(first.work()).as("the deltas are not here").isEmpty();
        assertThat(first.granted()).isEqualTo(1);
        first.models().forEach(StageModel::close);
    }

    @Test
    void aStepWaitsForTheNormOfTheWholeGradient() {
        UpdatePolicy policy = UpdatePolicy.of(new Optimizer.Sgd(0.1)).with(GradientGuard.ofModel(1, false));
        FlushingCore core = core(new PlanBuilder().policy(policy).build(), 0);
        core.advance(2, 1);
        Work work = core.work().orElseThrow();
        while (work.task() != EndOfBatch.MEASURE) {
            work = core.work().orElseThrow();
        }

        assertThat(work.outcomes()).singleElement().isInstanceOfSatisfying(Outcome.Measured.class, found -> {
            assertThat(found.batches()).isEqualTo(1);
            assertThat(found.squares()).containsOnlyKeys(0);
            assertThat(found.squares().get(0)).hasSize(8).allMatch(square -> square > 0);
        });
        assertThat(core.work()).isEmpty();
        assertThat(core.waitsFor()).isEqualTo("rank 0 waits for the norm of the gradient of batch 0");
        core.gradientNorm(7, 1);
        assertThat(core.work()).as("of another batch").isEmpty();
        core.gradientNorm(1, 1);
        assertThat(core.work().orElseThrow().task()).isEqualTo(EndOfBatch.ADMIT);
        assertThat(core.work().orElseThrow().task()).isEqualTo(EndOfBatch.STEP);
        core.gradientNorm(1, 1);
        assertThat(core.work().orElseThrow().task())
                .as("told twice it changes nothing")
                .isInstanceOf(Task.Compute.class);
        core.models().forEach(StageModel::close);
    }

    /** The first replica measures for all: another one may be told before it waits for it. */
    @Test
    void theNormMayComeBeforeTheRankWaitsForIt() {
        UpdatePolicy policy = UpdatePolicy.of(new Optimizer.Sgd(0.1)).with(GradientGuard.ofModel(1, false));
        FlushingCore core = core(new PlanBuilder().policy(policy).build(), 0);
        core.advance(2, 1);
        core.gradientNorm(1, 1);
        List<Task> done = new ArrayList<>();
        for (Optional<Work> work = core.work(); work.isPresent(); work = core.work()) {
            done.add(work.get().task());
        }

        assertThat(done)
                .containsSubsequence(EndOfBatch.MEASURE, EndOfBatch.ADMIT, EndOfBatch.STEP, EndOfBatch.MEASURE)
                .endsWith(EndOfBatch.MEASURE)
                .containsOnlyOnce(EndOfBatch.ADMIT);
        assertThat(core.waitsFor()).isEqualTo("rank 0 waits for the norm of the gradient of batch 1");
        core.models().forEach(StageModel::close);
    }

    @Test
    void anOlderGrantTakesNothingBack() {
        FlushingCore core = core(new PlanBuilder().build(), 0);

        core.advance(5, 1);
        core.advance(2, 1);

        assertThat(core.granted()).isEqualTo(5);
        core.models().forEach(StageModel::close);
    }

    @Test
    void whatComesTwiceIsGivenUpBeforeItsUseAndAfter() {
        FlushingCore last = core(new PlanBuilder().line(2, "gpipe", 2).build(), 1);
        last.advance(1, 1);
        int columns = 8;
        TensorPool pool = new TensorPool("arrivals", Arena.ofAuto(), 4L * columns, 2);

        assertThat(last.arrived(activation(1, 0, 0, pool.take(ElementType.F32, Shape.of(4, columns)))))
                .isTrue();
        assertThat(last.arrived(activation(1, 0, 0, pool.take(ElementType.F32, Shape.of(4, columns)))))
                .isFalse();
        assertThat(pool.inUse()).isEqualTo(1);
        assertThat(last.waitsFor()).isEqualTo("rank 1 waits for nothing");
        assertThat(last.work()).isPresent();
        assertThat(last.arrived(activation(1, 0, 0, pool.take(ElementType.F32, Shape.of(4, columns)))))
                .isFalse();
        assertThat(last.arrived(activation(1, -1, 1, pool.take(ElementType.F32, Shape.of(4, columns)))))
                .isFalse();

        assertThat(last.waitsFor()).isEqualTo("stage 1 waits for the activation of micro-batch 1 of batch 0");
        assertThat(pool.inUse()).as("kept for the backward").isEqualTo(1);
        last.models().forEach(StageModel::close);
    }

    @Test
    void aRankWithoutAGrantSaysSo() {
        FlushingCore core = core(new PlanBuilder().line(2, "gpipe", 2).build(), 1);

        assertThat(core.waitsFor()).isEqualTo("rank 1 has made its 0 batches");
        core.models().forEach(StageModel::close);
    }

    @Test
    void aTensorLeftOverIsALeak() {
        RunPlan plan = new PlanBuilder().line(2, "gpipe", 2).build();
        FlushingCore first = core(plan, 0);
        FlushingCore second = core(plan, 1);
        Tensor tensor = PlanBuilder.data(4, 1).inputs();

        second.arrived(activation(1, 0, 1, tensor));

        assertThatIllegalStateException()
                .isThrownBy(second::checkDrained)
                .withMessageContaining("rank 1: tensors left over for")
                .withMessageContaining("1F1");
        assertThatIllegalStateException()
                .isThrownBy(() -> first.model(1))
                .withMessage("stage 1 is not on rank 0 (expected: one of [0])");
        first.models().forEach(StageModel::close);
        second.models().forEach(StageModel::close);
    }
}
