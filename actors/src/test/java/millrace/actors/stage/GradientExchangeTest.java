package millrace.actors.stage;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.embedding;
import static millrace.nn.layer.Layers.tiedDense;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import millrace.actors.run.PlanBuilder;
import millrace.actors.run.RunPlan;
import millrace.actors.stage.StageCore.Effect;
import millrace.nn.data.Dataset;
import millrace.nn.data.TextSource;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two ranks, one micro-batch a batch, by hand: what happens between the last backward and the step. */
class GradientExchangeTest {
    private final StageCore first = core(0);
    private final StageCore last = core(1);

    private static StageCore core(int rank) {
        TextSource text = new TextSource("words", "to be or not to be, that is the question");
        Dataset train = text.windows(4, 0.2, text.vocabulary()).train();
        int vocabulary = train.classes().size();
        Model model = Model.of(Shape.of(4), embedding(vocabulary, 6), dense(6), tiedDense(vocabulary));
        RunPlan plan =
                new PlanBuilder().model(model).train(train).line(2, "1f1b", 1).build();
        StageCore core = new StageCore(plan, rank, 1);
        core.advance(2, 1);
        return core;
    }

    private static <E extends Effect> E effect(StageCore core, Class<E> type) {
        Optional<Effect> effect = core.work();
        assertThat(effect).isPresent().get().isInstanceOf(type);
        return type.cast(effect.orElseThrow());
    }

    /** All of a batch but the first rank's backward. */
    @BeforeEach
    void computeABatch() {
        Effect.Activate sent = effect(first, Effect.Activate.class);
        last.activationArrived(1, 0, 0, sent.tensor());
        effect(last, Effect.Nothing.class);
        Effect.PassBack back = effect(last, Effect.PassBack.class);
        first.deltaArrived(0, 0, 0, back.tensor());
    }

    @AfterEach
    void close() {
        first.models().getFirst().close();
        last.models().getFirst().close();
    }

    @Test
    void aStageStepsWhenItHasTheOthersShare() {
        Effect.ShareGradient ofLast = effect(last, Effect.ShareGradient.class);
        assertThat(ofLast.stage()).isZero();
        assertThat(last.work()).isEmpty();
        assertThat(last.waitsFor()).isEqualTo("rank 1 waits for another rank's share of the gradients of batch 0");

        effect(first, Effect.Nothing.class);
        Effect.ShareGradient ofFirst = effect(first, Effect.ShareGradient.class);
        assertThat(ofFirst.stage()).isEqualTo(1);
        last.gradientShareArrived(1, 0, ofFirst.tensor());
        effect(last, Effect.GradientSummed.class);
        effect(last, Effect.Stepped.class);

        assertThat(first.work()).isEmpty();
        first.gradientShareArrived(0, 0, ofLast.tensor());
        effect(first, Effect.GradientSummed.class);
        effect(first, Effect.Stepped.class);
        first.checkDrained();
        last.checkDrained();
    }

    @Test
    void aShareMayComeBeforeTheRankIsThroughAndAgainAfterwards() {
        Effect.ShareGradient ofLast = effect(last, Effect.ShareGradient.class);
        Tensor copy = ofLast.tensor().copy();
        assertThat(first.gradientShareArrived(0, 0, ofLast.tensor())).isTrue();
        assertThat(first.gradientShareArrived(0, 0, copy)).isFalse();

        effect(first, Effect.Nothing.class);
        Effect.ShareGradient ofFirst = effect(first, Effect.ShareGradient.class);
        effect(first, Effect.GradientSummed.class);
        assertThat(first.gradientShareArrived(0, 0, copy)).isFalse();
        effect(first, Effect.Stepped.class);
        assertThat(first.gradientShareArrived(0, 0, copy)).isFalse();

        ofFirst.tensor().release();
        first.checkDrained();
    }
}
