package millrace.actors;

import static millrace.nn.layer.Layers.attention;
import static millrace.nn.layer.Layers.batchNorm;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.embedding;
import static millrace.nn.layer.Layers.gelu;
import static millrace.nn.layer.Layers.layerNorm;
import static millrace.nn.layer.Layers.lstm;
import static millrace.nn.layer.Layers.positionalEmbedding;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.residual;
import static millrace.nn.layer.Layers.tanh;
import static millrace.nn.layer.Layers.tiedDense;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import millrace.actors.event.Recorder;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent.Step;
import millrace.actors.link.LinkSpec;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.Recomputed;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.ReferenceRun;
import millrace.nn.data.Dataset;
import millrace.nn.data.TextSource;
import millrace.nn.layer.BatchNorm;
import millrace.nn.model.Model;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.schedule.PipelineShape;
import millrace.schedule.Replication;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** All that has to do with gradients, on copies of the line side by side against the sequential run with as many replicas. */
class ReplicasTest {
    private static final int SHARE = 2;
    private static final TextSource WORDS =
            new TextSource("words", "to be or not to be, that is the question; ".repeat(3));
    private static final Dataset TEXT =
            WORDS.windows(4, 0.2, WORDS.vocabulary()).train();
    private static final int VOCABULARY = TEXT.classes().size();

    /** As lstm-char is made. */
    private static final Model RECURRENT = Model.of(
            Shape.of(4),
            embedding(VOCABULARY, 5),
            lstm(6),
            lstm(5),
            lstm(7),
            dense(6),
            tanh(),
            dense(6),
            dense(5),
            dense(VOCABULARY));

    /** As gpt-tiny is made, its output tied to the embedding. */
    private static final Model ATTENTIVE = Model.of(
            Shape.of(4),
            embedding(VOCABULARY, 8),
            positionalEmbedding(4),
            residual(layerNorm(), attention(2)),
            residual(layerNorm(), dense(12), gelu(), dense(8)),
            layerNorm(),
            tiedDense(VOCABULARY));

    /** Eight layers with weights, two of which have running means, one of them deferred. */
    private static final Model NORMED = Model.of(
            Shape.of(6),
            dense(8),
            batchNorm(),
            relu(),
            dense(7),
            tanh(),
            dense(6),
            dense(6),
            new BatchNorm(1e-5f, 0.2f, true),
            relu(),
            dense(5),
            dense(3));

    private static PlanBuilder builder(Model model, Dataset data, Schedule schedule) {
        return new PlanBuilder()
                .model(model)
                .train(data)
                .schedule(schedule)
                .batch(2 * schedule.microBatches())
                .steps(3);
    }

    private static Schedule copies(String name, int ranks, int replicas) {
        PipelineShape shape = new PipelineShape(ranks, Schedules.named(name).defaultChunks(), SHARE);
        return Replication.of(Schedules.generate(name, shape), replicas);
    }

    private static RunPlan jittery(RunPlan plan, long seed) {
        return plan.over(new LinkSpec(Duration.ZERO, Duration.ofMillis(2), Double.POSITIVE_INFINITY, seed));
    }

    private static void assertLikeTheReference(RunPlan plan, String where) {
        Recorder expected = Recorder.ofEvents();
        Recorder happened = Recorder.ofEvents();
        RunResult reference = ReferenceRun.of(plan, expected).run();

        RunResult result =
                PipelineRun.start(jittery(plan, where.hashCode()), happened).await();

        assertThat(result.finalState().weightsSha256())
                .as(where)
                .isEqualTo(reference.finalState().weightsSha256());
        assertThat(steps(happened)).as(where).isEqualTo(steps(expected)).hasSize(3);
        assertThat(result.evaluations())
                .as(where)
                .isEqualTo(reference.evaluations())
                .isNotEmpty();
    }

    /** Losses, and where they are measured the norms of the gradients. */
    private static List<Object> steps(Recorder recorder) {
        return recorder.events(Step.class).stream()
                .<Object>map(step -> List.of(step.step(), step.loss(), step.gradientNorms()))
                .toList();
    }

    static Stream<Arguments> lines() {
        return Stream.of("1f1b", "zb-h1", "interleaved-1f1b", "zb-v", "gpipe")
                .flatMap(name -> Stream.of(1, 2, 4)
                        .flatMap(ranks -> Stream.of(2, 3).map(replicas -> Arguments.of(name, ranks, replicas))));
    }

    /** Clipped by the norm of the whole gradient, some stages computing their activations twice, evaluated at the end. */
    @ParameterizedTest
    @MethodSource("lines")
    void clippedRecomputedAndEvaluated(String name, int ranks, int replicas) {
        Schedule schedule = copies(name, ranks, replicas);
        UpdatePolicy clipped = UpdatePolicy.of(new Optimizer.Adam(1e-2)).with(GradientGuard.ofModel(0.05, true));
        RunPlan plan = builder(PlanBuilder.DEEP, PlanBuilder.data(40, 1), schedule)
                .policy(clipped)
                .validation(PlanBuilder.data(23, 2))
                .test(PlanBuilder.data(9, 3))
                .build()
                .recomputing(Recomputed.stages(schedule.stages() > 1 ? Set.of(0, schedule.stages() - 1) : Set.of(0)));

        assertLikeTheReference(plan, "clipped, " + name + ", ranks " + ranks + ", replicas " + replicas);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1f1b", "zb-h1", "zb-v"})
    void lstmAndTiedTransformer(String name) {
        UpdatePolicy clipped = UpdatePolicy.of(new Optimizer.Adam(1e-2)).with(GradientGuard.ofModel(0.5, true));
        for (int replicas = 2; replicas <= 3; replicas++) {
            for (Model model : List.of(RECURRENT, ATTENTIVE)) {
                RunPlan plan = builder(model, TEXT, copies(name, 2, replicas))
                        .policy(clipped)
                        .validation(TEXT)
                        .build();

                assertLikeTheReference(plan, model.layers().size() + " layers, " + name + ", replicas " + replicas);
            }
        }
    }

    static Stream<Arguments> normed() {
        return Stream.of("1f1b", "zb-h1", "zb-v")
                .flatMap(name -> Stream.of(2, 3).map(replicas -> copies(name, 2, replicas)))
                .flatMap(schedule -> Stream.of(Arguments.of(schedule)));
    }

    /** Running means follow the micro-batches of all replicas. */
    @ParameterizedTest
    @MethodSource("normed")
    void batchNorms(Schedule schedule) {
        assertLikeTheReference(normedPlan(schedule), "batch norm, " + schedule);
    }

    /** Both directions of chimera are replicas too. */
    @Test
    void batchNormsOfTwoDirections() {
        assertLikeTheReference(normedPlan(Schedules.generate("chimera", 2, 4)), "batch norm, chimera");
    }

    /** Without a flush they follow at each step of their stage. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void batchNormsOfAStream(int accumulate) {
        RunPlan plan = normedPlan(copies("1f1b", 2, 3)).streamed(new StreamSpec(2, accumulate, 0, WeightPolicy.STASH));

        assertLikeTheReference(plan, "batch norm of a stream, accumulate " + accumulate);
    }

    /** No rank steps before all can: one word more for each step, and no bit of another kind. */
    @ParameterizedTest
    @ValueSource(strings = {"1f1b", "zb-v"})
    void ranksThatStepTogether(String name) {
        UpdatePolicy clipped = UpdatePolicy.of(new Optimizer.Adam(1e-2)).with(GradientGuard.ofModel(0.05, true));
        for (Schedule schedule : List.of(copies(name, 2, 2), copies(name, 1, 3), Schedules.generate("chimera", 2, 4))) {
            RunPlan normed = normedPlan(schedule).steppingTogether();
            RunPlan tied = builder(ATTENTIVE, TEXT, schedule)
                    .policy(clipped)
                    .validation(TEXT)
                    .build()
                    .steppingTogether();

            assertThat(List.of(normed, tied)).allMatch(RunPlan::stepsTogether);
            assertLikeTheReference(normed, "together, batch norm, " + schedule);
            assertLikeTheReference(tied, "together, tied and clipped, " + schedule);
        }
    }

    private static RunPlan normedPlan(Schedule schedule) {
        return builder(NORMED, PlanBuilder.data(40, 1), schedule)
                .validation(PlanBuilder.data(23, 2))
                .build();
    }
}
