package millrace.actors.cluster;

import static millrace.nn.layer.Layers.batchNorm;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.dropout;
import static millrace.nn.layer.Layers.embedding;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.tanh;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import millrace.actors.event.Recorder;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.actors.event.TrainingEvent.Step;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.SequentialRun;
import millrace.nn.data.Dataset;
import millrace.nn.data.TextSource;
import millrace.nn.layer.BatchNorm;
import millrace.nn.layer.Dense;
import millrace.nn.model.Model;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.schedule.PipelineShape;
import millrace.schedule.Replication;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ranks that step together, of which some are lost at any moment: what is left goes on, and no bit of the weights is another one. */
class LostRanksTest {
    private static final TextSource WORDS =
            new TextSource("words", "to be or not to be, that is the question; ".repeat(3));
    private static final Dataset TEXT =
            WORDS.windows(4, 0.2, WORDS.vocabulary()).train();
    private static final int VOCABULARY = TEXT.classes().size();

    enum Case {
        DROPOUT("1f1b", 2, 2) {
            @Override
            PlanBuilder builder() {
                return new PlanBuilder().model(PlanBuilder.DEEP);
            }
        },
        RUNNING_MEANS("zb-h1", 2, 2) {
            @Override
            PlanBuilder builder() {
                return new PlanBuilder()
                        .model(Model.of(
                                Shape.of(6),
                                dense(8),
                                batchNorm(),
                                relu(),
                                dense(7),
                                new BatchNorm(1e-5f, 0.2f, true),
                                dropout(0.1f),
                                dense(3)));
            }
        },
        CLIPPED("1f1b", 2, 3) {
            @Override
            PlanBuilder builder() {
                return new PlanBuilder().model(PlanBuilder.DEEP).policy(CLIPPING);
            }
        },
        TIED("interleaved-1f1b", 2, 2) {
            @Override
            PlanBuilder builder() {
                return new PlanBuilder()
                        .model(Model.of(
                                Shape.of(4),
                                embedding(VOCABULARY, 5),
                                dense(6),
                                tanh(),
                                dense(7),
                                dense(5),
                                Dense.tiedToEmbedding(VOCABULARY, true)))
                        .train(TEXT)
                        .policy(CLIPPING);
            }
        };

        private static final UpdatePolicy CLIPPING =
                UpdatePolicy.of(new Optimizer.Adam(1e-2)).with(GradientGuard.ofModel(0.05, true));

        private final String schedule;
        private final int ranks;
        private final int replicas;

        Case(String schedule, int ranks, int replicas) {
            this.schedule = schedule;
            this.ranks = ranks;
            this.replicas = replicas;
        }

        abstract PlanBuilder builder();

        RunPlan plan(int steps) {
            PipelineShape shape =
                    new PipelineShape(ranks, Schedules.named(schedule).defaultChunks(), 2);
            Schedule copies = Replication.of(Schedules.generate(schedule, shape), replicas);
            return builder()
                    .schedule(copies)
                    .batch(2 * copies.microBatches())
                    .epochs(steps)
                    .steps(steps)
                    .build()
                    .steppingTogether();
        }
    }

    /**
     * @return how often all stages were left, and how often not; how often ranks were brought to a step that others had made, and how often
     *     only lost ranks had made one
     */
    private static int[] assertLikeUndisturbed(RunPlan plan, int seeds, int losses, int moves, String what) {
        Recorder undisturbed = Recorder.ofEvents();
        RunResult expected = new SequentialRun(plan, undisturbed).run();
        LossyLine.Seen seen = new LossyLine.Seen();
        for (long seed = 1; seed <= seeds; seed++) {
            String where = what + ", seed " + seed;
            Recorder happened = Recorder.ofEvents();
            String weights;
            try (LossyLine line = new LossyLine(plan, new Random(seed), happened, moves, seen)) {
                weights = line.run(losses);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(where + ": " + e, e);
            }
            assertThat(weights).as(where).isEqualTo(expected.finalState().weightsSha256());
            assertThat(steps(happened).distinct())
                    .as(where)
                    .containsExactlyInAnyOrderElementsOf(steps(undisturbed).toList());
            assertThat(happened.events(EpochEnd.class).stream()
                            .map(EpochEnd::loss)
                            .distinct())
                    .as(where)
                    .containsExactlyInAnyOrderElementsOf(undisturbed.events(EpochEnd.class).stream()
                            .map(EpochEnd::loss)
                            .distinct()
                            .toList());
        }
        return seen.all();
    }

    /** With a step that was told and made again the loss is the same. */
    private static Stream<Object> steps(Recorder recorder) {
        return recorder.events(Step.class).stream().map(step -> List.of(step.step(), step.loss()));
    }

    @ParameterizedTest
    @EnumSource(Case.class)
    void whatIsLeftOfEachStageGoesOn(Case what) {
        assertThat(assertLikeUndisturbed(what.plan(5), 4, 6, 500, what.name())[0])
                .isPositive();
    }

    @ParameterizedTest
    @EnumSource(Case.class)
    @Tag("soak")
    void whateverTheSeed(Case what) {
        assertThat(assertLikeUndisturbed(what.plan(8), 100, 10, 600, what.name()))
                .doesNotContain(0);
    }

    @Test
    @Tag("soak")
    void soDoSixteenRanks() {
        Schedule copies = Replication.of(Schedules.generate("1f1b", 4, 4), 4);
        RunPlan plan = new PlanBuilder()
                .model(PlanBuilder.DEEP)
                .train(PlanBuilder.data(64, 1))
                .schedule(copies)
                .batch(32)
                .epochs(30)
                .build()
                .steppingTogether();

        assertThat(assertLikeUndisturbed(plan, 4, 50, 4_000, "4 x 4")).doesNotContain(0);
    }
}
