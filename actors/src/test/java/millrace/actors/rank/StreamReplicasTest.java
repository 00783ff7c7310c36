package millrace.actors.rank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Snapshot;
import millrace.actors.run.DelayedRun;
import millrace.actors.run.SequentialRun;
import millrace.nn.optimizer.DelayCorrection;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.LearningRate;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.schedule.Replication;
import millrace.schedule.Schedules;
import millrace.schedule.stream.Discipline;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Streams through several copies of the line against the delayed reference, which trains a micro-batch of each in turn. */
class StreamReplicasTest {
    private static final long BATCHES = 9;
    private static final int MOST_STAGES = 4;

    /** A stream through copies of a line, as a seed says. */
    private record Trial(StreamSpec stream, int replicas, int microBatches, DelayCorrection correction) {
        static Trial of(Random random) {
            int stages = 1 + random.nextInt(MOST_STAGES);
            int replicas = 2 + random.nextInt(2);
            // of one copy: steps end with batches
            int accumulate = 1 + random.nextInt(3);
            int microBatches = accumulate * (1 + random.nextInt(2));
            List<WeightPolicy> policies = List.of(WeightPolicy.values());
            WeightPolicy policy = policies.get(random.nextInt(policies.size()));
            int allowance = policy == WeightPolicy.TWO_BUFFERS ? 0 : random.nextInt(2);
            if (policy == WeightPolicy.TWO_BUFFERS && accumulate < stages - 1) {
                policy = WeightPolicy.STASH;
            }
            double compensation = policy.isConsistent() && random.nextBoolean() ? 0.5 : 0;
            double discrepancy = policy == WeightPolicy.LIVE ? 0.135 : 0;
            long synchronous = random.nextInt(3) * (long) accumulate;
            return new Trial(
                    new StreamSpec(stages, accumulate, allowance, policy).startingSynchronously(synchronous),
                    replicas,
                    microBatches * replicas,
                    new DelayCorrection(random.nextInt(20), discrepancy, compensation));
        }

        private PlanBuilder builder() {
            Optimizer optimizer = new Optimizer.Sgd(0.05, 0.9);
            UpdatePolicy policy = new UpdatePolicy(
                            optimizer,
                            new LearningRate.WarmUp(7, new LearningRate.Exponential(0.97)),
                            1,
                            UpdatePolicy.of(optimizer).shaping())
                    .with(correction)
                    .with(new GradientGuard(0.7, true));
            int batch = 2 * microBatches;
            return new PlanBuilder()
                    .model(PlanBuilder.DEEP)
                    .policy(policy)
                    .schedule(Replication.of(
                            Schedules.generate("1f1b", stream.stages(), microBatches / replicas), replicas))
                    // three batches an epoch, the last of which is smaller
                    .train(PlanBuilder.data(3 * batch - 1, 5))
                    .test(PlanBuilder.data(17, 6))
                    .batch(batch)
                    .epochs(Math.toIntExact(BATCHES / 3));
        }

        RunPlan fresh() {
            return builder().build().streamed(stream);
        }

        RunPlan from(Snapshot snapshot) {
            return builder().resume(snapshot).build().streamed(stream);
        }
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 40);
    }

    private static String delayed(RunPlan plan) {
        return new DelayedRun(plan, TrainingListener.SILENT).run().finalState().weightsSha256();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void weightsAreThoseOfTheReferenceUndisturbedAndGoneOnWith(long seed) {
        Random random = new Random(seed);
        Trial trial = Trial.of(random);
        String where = "seed " + seed + ", " + trial;
        RunResult reference = new DelayedRun(trial.fresh(), TrainingListener.SILENT).run();
        String expected = reference.finalState().weightsSha256();
        long cut = 1L + random.nextInt((int) BATCHES - 1);
        Snapshot snapshot;
        List<Double> losses;
        try (CoreLine line = new CoreLine(trial.fresh(), random)) {
            line.evaluateAt(new TreeSet<>(Set.of(3L, 6L)));
            line.cutAt(Set.of(cut));
            line.run(BATCHES);
            line.checkDrained();
            assertThat(line.snapshot().weightsSha256()).as(where).isEqualTo(expected);
            assertThat(line.losses()).as(where).hasSize((int) BATCHES);
            assertThat(line.staleness()).as(where).hasSize(trial.stream.stages());
            losses = line.losses();
            snapshot = line.taken().firstEntry().getValue();
        }
        assertThat(delayed(trial.from(snapshot))).as("from %d, %s", cut, where).isEqualTo(expected);
        try (CoreLine line = new CoreLine(trial.from(snapshot), random)) {
            line.run(BATCHES);
            line.checkDrained();
            assertThat(line.snapshot().weightsSha256())
                    .as("from %d, %s", cut, where)
                    .isEqualTo(expected);
            assertThat(line.losses()).as(where).isEqualTo(losses.subList((int) cut, (int) BATCHES));
        }
    }

    /** Of one stage nothing is late: a stream through copies of it is what a schedule with a flush does with them. */
    @ParameterizedTest
    @MethodSource("seeds")
    void ofOneStageTheyAreThoseOfASchedule(long seed) {
        Random random = new Random(seed);
        int replicas = 2 + random.nextInt(3);
        int share = 1 + random.nextInt(3);
        PlanBuilder builder = new PlanBuilder()
                .schedule(Replication.of(Schedules.generate("1f1b", 1, share), replicas))
                .batch(2 * share * replicas)
                .steps(5);
        StreamSpec stream = new StreamSpec(1, share, 0, WeightPolicy.STASH);

        assertThat(delayed(builder.build().streamed(stream)))
                .as("seed %d: %d replicas of %d micro-batches", seed, replicas, share)
                .isEqualTo(new SequentialRun(builder.build(), TrainingListener.SILENT)
                        .run()
                        .finalState()
                        .weightsSha256());
    }

    @Test
    void aRunGoesOnWithTheReplicasThatItHad() {
        StreamSpec stream = new StreamSpec(2, 1, 0, WeightPolicy.STASH);
        Trial two = new Trial(stream, 2, 4, DelayCorrection.NONE);
        Snapshot snapshot = new DelayedRun(two.builder().steps(3).build().streamed(stream), TrainingListener.SILENT)
                .run()
                .finalState();
        PlanBuilder one =
                new Trial(stream, 1, 4, DelayCorrection.NONE).builder().resume(snapshot);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> one.build().streamed(stream))
                .withMessageStartingWith("resume: async-1f1b, stages 2, micro-batches 4, accumulate 1, ")
                .withMessageContaining("(expected: async-1f1b, stages 2, micro-batches 4, accumulate 2, ")
                .withMessageContaining(", replicas 2, as it was saved)");
    }

    @Test
    void whatHasNoExactDefinitionIsRefused() {
        Map<StreamSpec, String> refused = Map.of(
                new StreamSpec(2, 3, 0, WeightPolicy.STASH),
                "accumulate: 6 with 2 replicas (expected: a divisor of the 4 micro-batches of a batch, so that steps end"
                        + " with batches); set --micro-batches or --accumulate",
                new StreamSpec(2, 1, 0, WeightPolicy.STASH, Discipline.GREEDY, 0),
                "replicas: 2 with greedy (expected: 1, timing decides on the weights of each copy); take async-1f1b");

        refused.forEach((stream, message) -> assertThatIllegalArgumentException()
                .isThrownBy(() -> new Trial(stream, 2, 4, DelayCorrection.NONE).fresh())
                .withMessage(message));
    }
}
