package millrace.actors.rank;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.DelayedRun;
import millrace.actors.run.SequentialRun;
import millrace.actors.trace.Staleness;
import millrace.nn.optimizer.DelayCorrection;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.TensorPool;
import millrace.schedule.stream.Discipline;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Streams against the delayed reference, while messages overtake each other at random. */
class StreamCoreTest {
    private static final int MICRO_BATCHES = 8;
    private static final int LATENCIES = 5;

    static Stream<Arguments> streams() {
        return Stream.of(1, 2, 4, 8)
                .flatMap(n -> Stream.of(1, 3, Math.max(1, n - 1))
                        .distinct()
                        .flatMap(k -> Stream.of(WeightPolicy.values())
                                .filter(policy -> policy != WeightPolicy.TWO_BUFFERS || k >= n - 1)
                                .map(policy -> Arguments.of(n, k, policy))));
    }

    private static RunPlan plan(int stages, DelayCorrection correction) {
        return new PlanBuilder()
                .model(PlanBuilder.DEEP)
                .policy(UpdatePolicy.of(new Optimizer.Sgd(0.05, 0.9)).with(correction))
                .line(stages, "1f1b", MICRO_BATCHES)
                .epochs(2)
                .build();
    }

    private static RunPlan plan(int stages, int accumulate, WeightPolicy policy) {
        return plan(stages, DelayCorrection.NONE).streamed(new StreamSpec(stages, accumulate, 0, policy));
    }

    private static String delayed(RunPlan plan) {
        return new DelayedRun(plan, TrainingListener.SILENT).run().finalState().weightsSha256();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void weightsAreThoseOfTheDelayedReferenceWhateverTheLatencies(int stages, int accumulate, WeightPolicy policy) {
        RunPlan plan = plan(stages, accumulate, policy);
        RunResult expected = new DelayedRun(plan, TrainingListener.SILENT).run();
        for (long seed = 1; seed <= LATENCIES; seed++) {
            try (CoreLine line = new CoreLine(plan, new Random(seed))) {
                line.run(expected.steps());
                line.checkDrained();

                assertThat(line.snapshot().weightsSha256())
                        .as("seed %d", seed)
                        .isEqualTo(expected.finalState().weightsSha256());
                for (Staleness stage : line.staleness()) {
                    int ahead = stages - 1 - stage.stage();
                    assertThat(stage.max())
                            .isLessThanOrEqualTo(Math.max(
                                    policy == WeightPolicy.VERTICAL ? stages - 1 : 1,
                                    (ahead + accumulate - 1) / accumulate));
                    assertThat(stage.mostVersions())
                            .isLessThanOrEqualTo(
                                    new StreamSpec(stages, accumulate, 0, policy).mostVersions(stage.stage()));
                }
            }
        }
    }

    @Test
    void policiesWithoutAStashKeepNothingFarFromWhereTheyMayBeSaved() {
        for (WeightPolicy policy : new WeightPolicy[] {WeightPolicy.LIVE, WeightPolicy.PREDICT}) {
            RunPlan plan = plan(4, 1, policy);
            try (CoreLine line = new CoreLine(plan, new Random(3))) {
                line.runAtOnce(plan.lastStep(), 4);
                for (Staleness stage : line.staleness()) {
                    assertThat(stage.mostVersions())
                            .as("%s, stage %d", policy.word(), stage.stage())
                            .isEqualTo(policy == WeightPolicy.LIVE || stage.stage() == 3 ? 1 : 2);
                }
            }
        }
    }

    static Stream<Arguments> corrections() {
        return Stream.of(
                Arguments.of(WeightPolicy.STASH, new DelayCorrection(30, 0, 0), 0),
                Arguments.of(WeightPolicy.LIVE, new DelayCorrection(0, 0.135, 0), 0),
                Arguments.of(WeightPolicy.LIVE, new DelayCorrection(20, 0.135, 0), 40),
                Arguments.of(WeightPolicy.STASH, new DelayCorrection(0, 0, 0.5), 0),
                Arguments.of(WeightPolicy.VERTICAL, new DelayCorrection(0, 0, 0.5), 30),
                Arguments.of(WeightPolicy.NESTEROV, new DelayCorrection(10, 0, 0.5), 24),
                Arguments.of(WeightPolicy.PREDICT, new DelayCorrection(10, 0, 0), 24),
                Arguments.of(WeightPolicy.STASH, DelayCorrection.NONE, 33));
    }

    @ParameterizedTest
    @MethodSource("corrections")
    void correctionsAreThoseOfTheDelayedReferenceToo(
            WeightPolicy policy, DelayCorrection correction, long synchronous) {
        for (int accumulate : new int[] {1, 3}) {
            StreamSpec stream = new StreamSpec(4, accumulate, 0, policy).startingSynchronously(synchronous);
            RunPlan corrected = plan(4, correction).streamed(stream);
            RunResult expected = new DelayedRun(corrected, TrainingListener.SILENT).run();
            for (long seed = 1; seed <= LATENCIES; seed++) {
                try (CoreLine line = new CoreLine(corrected, new Random(seed))) {
                    line.run(expected.steps());
                    line.checkDrained();

                    assertThat(line.snapshot().weightsSha256())
                            .as("accumulate %d, seed %d", accumulate, seed)
                            .isEqualTo(expected.finalState().weightsSha256());
                }
            }
            RunPlan plain = plan(4, DelayCorrection.NONE).streamed(new StreamSpec(4, accumulate, 0, policy));
            // a delay of one step leaves the learning rate as it is
            if (accumulate == 1) {
                assertThat(expected.finalState().weightsSha256()).isNotEqualTo(delayed(plain));
            }
        }
    }

    @Test
    void aGreedyStreamKeepsItsCapsWhateverTheLatencies() {
        for (WeightPolicy policy : new WeightPolicy[] {WeightPolicy.STASH, WeightPolicy.LIVE}) {
            for (int accumulate : new int[] {1, 3}) {
                StreamSpec greedy = new StreamSpec(4, accumulate, 0, policy, Discipline.GREEDY, 0);
                Set<String> weights = new HashSet<>();
                for (long seed = 1; seed <= LATENCIES; seed++) {
                    RunPlan plan = plan(4, DelayCorrection.NONE).streamed(greedy);
                    try (CoreLine line = new CoreLine(plan, new Random(seed))) {
                        line.run(plan.lastStep());
                        line.checkDrained();
                        weights.add(line.snapshot().weightsSha256());
                        for (Staleness stage : line.staleness()) {
                            assertThat(stage.max()).isLessThanOrEqualTo(greedy.mostStale(stage.stage()));
                            assertThat(stage.mostVersions())
                                    .isLessThanOrEqualTo((int) greedy.mostStale(stage.stage()) + 1);
                        }
                    }
                }
                assertThat(weights).as("timing decides").hasSizeGreaterThan(1);
            }
        }
    }

    @Test
    void oneStageIsPlainTrainingWithAnyPolicyThatKeepsNothingBack() {
        RunPlan flush = new PlanBuilder()
                .model(PlanBuilder.DEEP)
                .optimizer(new Optimizer.Sgd(0.05, 0.9))
                .line(1, "1f1b", MICRO_BATCHES)
                .epochs(2)
                .build();
        String plain = new SequentialRun(flush, TrainingListener.SILENT)
                .run()
                .finalState()
                .weightsSha256();
        for (WeightPolicy policy : new WeightPolicy[] {WeightPolicy.STASH, WeightPolicy.VERTICAL, WeightPolicy.LIVE}) {
            assertThat(delayed(flush.streamed(new StreamSpec(1, MICRO_BATCHES, 0, policy))))
                    .as(policy.word())
                    .isEqualTo(plain);
        }
    }

    @Test
    void withoutItsStashTheStashingReferenceIsMissed() {
        for (int stages : new int[] {2, 4, 8}) {
            RunPlan unstashed = plan(stages, 1, WeightPolicy.LIVE);
            try (CoreLine line = new CoreLine(unstashed, new Random(1))) {
                line.run(6);
                assertThat(line.snapshot().weightsSha256()).isNotEqualTo(delayed(plan(stages, 1, WeightPolicy.STASH)));
            }
        }
    }

    @Test
    void whatComesTwiceIsGivenUpBeforeItsUseAndAfterAndAfterTheDrain() {
        RunPlan plan = plan(2, 1, WeightPolicy.STASH);
        StreamCore last = new StreamCore(plan, StreamSnapshots.order(plan), 1, 1, 1, new Outbox());
        last.advance(1, 1);
        assertThat(last.waitsFor()).isEqualTo("stage 1 waits for the activation of micro-batch 0 of batch 0");
        Shape shape = PlanBuilder.DEEP
                .shapeBefore(plan(2, 1, WeightPolicy.STASH).partition().range(1).from())
                .batched(1);
        TensorPool pool = new TensorPool("arrivals", Arena.ofAuto(), shape.size(), 2);

        assertThat(last.arrived(new Packet.Activation(1, 1, 0, 0, pool.take(ElementType.F32, shape))))
                .isTrue();
        assertThat(last.arrived(new Packet.Activation(1, 1, 0, 0, pool.take(ElementType.F32, shape))))
                .isFalse();
        assertThat(pool.inUse()).isEqualTo(1);
        while (last.work().isPresent()) {
            assertThat(last.waitsFor()).doesNotContain("micro-batch 0");
        }
        assertThat(last.arrived(new Packet.Activation(1, 1, 0, 0, pool.take(ElementType.F32, shape))))
                .isFalse();
        last.checkDrained();
        assertThat(last.arrived(new Packet.Activation(1, 1, 0, 1, pool.take(ElementType.F32, shape))))
                .isFalse();

        assertThat(pool.inUse()).isZero();
        last.models().forEach(StageModel::close);
    }

    @Test
    void aStreamThatIsStoppedGivesUpWhatIsInFlight() {
        try (CoreLine line = new CoreLine(plan(4, 3, WeightPolicy.STASH), new Random(2))) {
            line.run(3);
            line.checkDrained();
            assertThat(line.snapshot().step()).isEqualTo(3);
        }
    }
}
