package millrace.actors;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.dropout;
import static millrace.nn.layer.Layers.embedding;
import static millrace.nn.layer.Layers.layerNorm;
import static millrace.nn.layer.Layers.tanh;
import static millrace.nn.layer.Layers.tiedDense;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.link.LinkSpec;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.Recomputed;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.SequentialRun;
import millrace.nn.data.Dataset;
import millrace.nn.data.TextSource;
import millrace.nn.model.Model;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.nn.weights.NamedTensor;
import millrace.schedule.PipelineShape;
import millrace.schedule.ScheduleCsv;
import millrace.schedule.Schedules;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A weight that the first and the last stage have in common: the same bits with and without a pipeline. */
@Order(4)
class TiedEmbeddingTest {
    private static final int CONTEXT = 4;
    private static final Dataset TEXT = text();
    private static final int VOCABULARY = TEXT.classes().size();

    /** Eight layers with weights. */
    private static final Model MODEL = Model.of(
            Shape.of(CONTEXT),
            embedding(VOCABULARY, 8),
            layerNorm(),
            dense(10),
            tanh(),
            dropout(0.2f),
            dense(9),
            tanh(),
            dense(10),
            dense(8),
            layerNorm(),
            tiedDense(VOCABULARY));

    /** Of any schedule with one replica. */
    private static String sequential = "";

    @BeforeAll
    static void trainWithoutAPipeline() {
        sequential = sequential(plan("1f1b", 2));
    }

    private static Dataset text() {
        TextSource source = new TextSource("words", "to be or not to be, that is the question; ".repeat(3));
        return source.windows(CONTEXT, 0.2, source.vocabulary()).train();
    }

    private static PlanBuilder builder() {
        return new PlanBuilder()
                .model(MODEL)
                .train(TEXT)
                .policy(UpdatePolicy.of(new Optimizer.Adam(1e-2)).with(GradientGuard.ofModel(0.5, false)))
                .epochs(2);
    }

    private static RunPlan plan(String schedule, int ranks) {
        PipelineShape shape = PlanBuilder.shape(schedule, ranks, 8);
        return builder().schedule(Schedules.generate(schedule, shape)).build();
    }

    private static RunResult run(RunPlan plan) {
        return PipelineRun.start(plan, TrainingListener.SILENT).await();
    }

    private static String sequential(RunPlan plan) {
        return new SequentialRun(plan, TrainingListener.SILENT)
                .run()
                .finalState()
                .weightsSha256();
    }

    private static void assertTied(RunResult result) {
        assertTied(result, sequential);
    }

    private static void assertTied(RunResult result, String expected) {
        Map<String, float[]> weights = new HashMap<>();
        for (NamedTensor weight : result.finalState().weights()) {
            weights.put(weight.name(), weight.tensor().toFloats());
        }
        assertThat(weights.get("10.weight")).containsExactly(weights.get("0.weight"));
        assertThat(result.finalState().weightsSha256()).isEqualTo(expected);
    }

    static Stream<Arguments> all() {
        return Schedules.all().stream()
                .flatMap(generator -> Stream.of(1, 2, 4)
                        // two directions have a rank each
                        .filter(ranks -> ranks >= generator.replicas())
                        .map(ranks -> Arguments.of(generator.name(), ranks)));
    }

    /** With zb-v and chimera the first and the last stage are on the same rank. */
    @ParameterizedTest
    @MethodSource("all")
    void weightsAreThoseOfTheSequentialRun(String schedule, int ranks) {
        LinkSpec jittery = new LinkSpec(Duration.ZERO, Duration.ofMillis(2), Double.POSITIVE_INFINITY, 3);

        RunPlan plan = plan(schedule, ranks).over(jittery);
        // with replicas gradients are added up in two sums
        assertTied(run(plan), plan.order().placement().replicas().size() == 1 ? sequential : sequential(plan));
    }

    /** Each replica has its first and last stage on ranks of its own. */
    @Test
    void twoReplicasSideBySide() {
        RunPlan plan = builder().schedule(ScheduleCsv.read("own", """
            0F0,,,0B0,0F1,,,0B1,0F4,,,0B4,0F6,,,0B6
            ,1F0,1B0,,,1F1,1B1,,,1F4,1B4,,,1F6,1B6
            0F2,,,0B2,0F3,,,0B3,0F5,,,0B5,0F7,,,0B7
            ,1F2,1B2,,,1F3,1B3,,,1F5,1B5,,,1F7,1B7
            """)).build();

        assertTied(run(plan), sequential(plan));
    }

    @Test
    void sharesThatComeTwiceCountOnce() {
        LinkSpec twice = new LinkSpec(Duration.ofMillis(1), Duration.ofMillis(4), Double.POSITIVE_INFINITY, 0, 0.9, 9);

        RunResult result = run(plan("1f1b", 2).over(twice));

        assertTied(result);
        assertThat(result.pipeline().duplicates()).isPositive();
    }

    @Test
    void sharesTravelAsBytesToo() {
        var serializing = ConfigFactory.parseString("akka.actor.serialize-messages = on");

        assertTied(PipelineRun.start(plan("1f1b", 3), TrainingListener.SILENT, serializing)
                .await());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void aRunGoesOnFromASnapshot(int ranks) {
        RunResult half = run(builder().line(2, "1f1b", 8).epochs(1).build());

        assertTied(
                run(builder().line(ranks, "zb-h1", 8).resume(half.finalState()).build()));
    }

    @Test
    void stagesMayComputeTheirActivationsTwice() {
        assertTied(run(plan("zb-h1", 3).recomputing(Recomputed.stages(Set.of(0, 2)))));
    }

    @Test
    void whatTreatsStagesDifferentlyIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder()
                        .policy(UpdatePolicy.of(new Optimizer.Adam(1e-2)))
                        .line(2, "1f1b", 8)
                        .build()
                        .streamed(new StreamSpec(2, 1, 0, WeightPolicy.STASH)))
                .withMessage(
                        "tied: embedding with async-1f1b (expected: a schedule that flushes, elsewhere the stages of a"
                                + " tied weight step at different times)");
        for (GradientGuard guard :
                new GradientGuard[] {new GradientGuard(0.5, false), new GradientGuard(Double.POSITIVE_INFINITY, true)
                }) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder()
                            .policy(UpdatePolicy.of(new Optimizer.Adam(1e-2)).with(guard))
                            .build())
                    .withMessageStartingWith("tied: embedding with clip-norm-per-stage or non-finite-gradients = skip"
                            + " (expected: what treats all stages alike");
        }
    }
}
