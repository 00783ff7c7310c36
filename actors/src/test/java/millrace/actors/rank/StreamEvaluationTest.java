package millrace.actors.rank;

import static millrace.nn.layer.Layers.batchNorm;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import millrace.actors.event.Recorder;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.actors.event.TrainingEvent.EvaluationDone;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.DelayedRun;
import millrace.nn.infer.Evaluation;
import millrace.nn.model.Model;
import millrace.nn.optimizer.DelayCorrection;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Streams that go on while they are evaluated, against the delayed reference, which stops; messages and chunks overtake each
 * other at random.
 */
class StreamEvaluationTest {
    private static final int LATENCIES = 3;
    private static final Model WITH_STATISTICS = Model.of(
            Shape.of(6), dense(8), batchNorm(), relu(), dense(7), batchNorm(), relu(), dense(5), batchNorm(), dense(3));

    static Stream<Arguments> streams() {
        return Stream.of(1, 2, 4)
                .flatMap(n -> Stream.of(1, 3)
                        .flatMap(k -> Stream.of(WeightPolicy.values())
                                .filter(policy -> policy != WeightPolicy.TWO_BUFFERS || k >= n - 1)
                                .map(policy -> Arguments.of(n, k, policy))));
    }

    private static RunPlan plan(StreamSpec stream, Random random, Model model) {
        double discrepancy = stream.policy() == WeightPolicy.LIVE ? 0.135 : 0;
        double compensation = stream.policy() == WeightPolicy.STASH ? 0.5 : 0;
        UpdatePolicy policy =
                UpdatePolicy.of(new Optimizer.Sgd(0.05, 0.9)).with(new DelayCorrection(0, discrepancy, compensation));
        return new PlanBuilder()
                .model(model)
                .policy(policy)
                .line(stream.stages(), "1f1b", 1 << random.nextInt(model == PlanBuilder.DEEP ? 4 : 2))
                // some take longer than the next epoch does
                .validation(PlanBuilder.data(1 + random.nextInt(20), 5))
                .test(PlanBuilder.data(1 + random.nextInt(60), 6))
                .epochs(3)
                .build()
                .evaluated(random.nextInt(3))
                .streamed(stream);
    }

    /** What the reference evaluated, by step, in the order of the sets. */
    private static Map<Long, List<Evaluation>> evaluations(Recorder told) {
        Map<Long, List<Evaluation>> result = new TreeMap<>();
        for (TrainingEvent event : told.events(TrainingEvent.class)) {
            switch (event) {
                case EpochEnd end -> result.put(end.step(), inOrder(end.evaluations()));
                case EvaluationDone done -> result.put(done.step(), inOrder(done.evaluations()));
                default -> {}
            }
        }
        return result;
    }

    private static List<Evaluation> inOrder(Map<String, Evaluation> found) {
        return List.of(found.get("validation"), found.get("test"));
    }

    @ParameterizedTest
    @MethodSource("streams")
    void evaluationsAreThoseOfTheReferenceAndTrainingIsUndisturbed(int stages, int accumulate, WeightPolicy policy) {
        StreamSpec stream = new StreamSpec(stages, accumulate, 0, policy);
        long meanwhile = 0;
        for (long seed = 1; seed <= LATENCIES; seed++) {
            meanwhile = Math.max(meanwhile, compared(stream, PlanBuilder.DEEP, seed));
        }
        assertThat(meanwhile).as("batches made during an evaluation").isPositive();
    }

    @Test
    void runningMeansAreThoseOfTheEvaluatedStepToo() {
        for (long seed = 1; seed <= LATENCIES; seed++) {
            assertThat(compared(new StreamSpec(3, 2, 0, WeightPolicy.STASH), WITH_STATISTICS, seed))
                    .isPositive();
        }
    }

    private static long compared(StreamSpec stream, Model model, long seed) {
        Random random = new Random(seed);
        RunPlan plan = plan(stream, random, model);
        Recorder told = Recorder.ofEvents();
        RunResult expected = new DelayedRun(plan, told).run();
        Map<Long, List<Evaluation>> wanted = evaluations(told);
        assertThat(wanted.values()).doesNotHaveDuplicates();
        try (CoreLine line = new CoreLine(plan, random)) {
            line.evaluateAt(wanted.keySet());
            line.run(expected.steps());
            line.checkDrained();

            String where = stream + ", seed " + seed;
            assertThat(line.evaluations())
                    .as(where)
                    .isEqualTo(wanted.values().stream().flatMap(List::stream).toList());
            assertThat(line.snapshot().weightsSha256())
                    .as(where)
                    .isEqualTo(expected.finalState().weightsSha256());
            assertThat(line.losses()).as(where).isEqualTo(told.losses());
            return line.trainedMeanwhile();
        }
    }

    @Test
    void anEvaluationOfWeightsThatAreGoneIsRefused() {
        RunPlan plan = plan(new StreamSpec(1, 1, 0, WeightPolicy.STASH), new Random(1), PlanBuilder.DEEP);
        try (RankCore only = new RankCore(plan, 0, 1, 1)) {
            only.advance(2, 1);
            while (only.work().isPresent()) {
                assertThat(only.granted()).isEqualTo(2);
            }
            assertThatIllegalStateException()
                    .isThrownBy(() -> only.evaluate(new EvaluationId(1, "test", 1)))
                    .withMessage("weights after 1 batches at stage 0 (expected: 2 or more, those before are gone)");
        }
    }

    @Test
    void neitherTrainingNorEvaluationWaitsForEver() {
        RunPlan plan = new PlanBuilder()
                .line(1, "1f1b", 8)
                .test(PlanBuilder.data(30, 6))
                .build()
                .streamed(new StreamSpec(1, 3, 0, WeightPolicy.STASH));
        List<Task> tasks = new ArrayList<>();
        try (RankCore only = new RankCore(plan, 0, 1, 100)) {
            only.evaluate(new EvaluationId(1, "test", 0));
            only.advance(plan.lastStep(), 1);
            for (var work = only.work(); work.isPresent(); work = only.work()) {
                tasks.add(work.get().task());
            }
        }
        int step = tasks.indexOf(Task.EndOfBatch.STEP);
        // forward and backward of three micro-batches, and what they end
        assertThat(tasks.subList(0, step)).noneMatch(Task.Evaluate.class::isInstance);
        assertThat(tasks.subList(step + 1, step + 4)).allMatch(Task.Evaluate.class::isInstance);
        assertThat(tasks.get(step + 4)).isInstanceOf(Task.Compute.class);
    }
}
