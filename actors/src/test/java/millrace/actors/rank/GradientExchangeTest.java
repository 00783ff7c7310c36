package millrace.actors.rank;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.embedding;
import static millrace.nn.layer.Layers.tiedDense;
import static org.assertj.core.api.Assertions.assertThat;

import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.Packet.TiedGradient;
import millrace.actors.rank.Task.EndOfBatch;
import millrace.nn.data.Dataset;
import millrace.nn.data.TextSource;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;
import millrace.schedule.order.Flushed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two ranks, one micro-batch a batch, by hand: what happens between the last backward and the step. */
class GradientExchangeTest {
    private final FlushingCore first = core(0);
    private final FlushingCore last = core(1);

    private static FlushingCore core(int rank) {
        TextSource text = new TextSource("words", "to be or not to be, that is the question");
        Dataset train = text.windows(4, 0.2, text.vocabulary()).train();
        int vocabulary = train.classes().size();
        Model model = Model.of(Shape.of(4), embedding(vocabulary, 6), dense(6), tiedDense(vocabulary));
        RunPlan plan =
                new PlanBuilder().model(model).train(train).line(2, "1f1b", 1).build();
        FlushingCore core = new FlushingCore(plan, ((Flushed) plan.order()).schedule(), rank, 1, 1, new Outbox());
        core.advance(2, 1);
        return core;
    }

    /** The core's next entry, which must be of that kind. */
    private static Work entry(FlushingCore core, EndOfBatch task) {
        Work work = core.work().orElseThrow();
        assertThat(work.task()).isEqualTo(task);
        return work;
    }

    private static Work action(FlushingCore core) {
        Work work = core.work().orElseThrow();
        assertThat(work.task()).isInstanceOf(Task.Compute.class);
        return work;
    }

    /** The packet that a piece of work sends. */
    private static <P extends Packet> P sent(Work work, Class<P> type) {
        assertThat(work.sends()).hasSize(1);
        return type.cast(work.sends().getFirst().message());
    }

    /** All of a batch but the first rank's backward. */
    @BeforeEach
    void computeABatch() {
        last.arrived(sent(action(first), Packet.Activation.class));
        assertThat(action(last).sends()).isEmpty();
        first.arrived(sent(action(last), Packet.ErrorDelta.class));
    }

    @AfterEach
    void close() {
        first.models().getFirst().close();
        last.models().getFirst().close();
    }

    @Test
    void aStageStepsWhenItHasTheOthersShare() {
        TiedGradient ofLast = sent(entry(last, EndOfBatch.SHARE), TiedGradient.class);
        assertThat(ofLast.stage()).isZero();
        assertThat(last.work()).isEmpty();
        assertThat(last.waitsFor()).isEqualTo("rank 1 waits for another rank's share of the gradients of batch 0");

        assertThat(action(first).sends()).isEmpty();
        TiedGradient ofFirst = sent(entry(first, EndOfBatch.SHARE), TiedGradient.class);
        assertThat(ofFirst.stage()).isEqualTo(1);
        last.arrived(ofFirst);
        entry(last, EndOfBatch.SUM);
        entry(last, EndOfBatch.STEP);

        assertThat(first.work()).isEmpty();
        first.arrived(ofLast);
        entry(first, EndOfBatch.SUM);
        entry(first, EndOfBatch.STEP);
        first.checkDrained();
        last.checkDrained();
    }

    @Test
    void aShareMayComeBeforeTheRankIsThroughAndAgainAfterwards() {
        TiedGradient ofLast = sent(entry(last, EndOfBatch.SHARE), TiedGradient.class);
        Packet copy = ofLast.copy();
        assertThat(first.arrived(ofLast)).isTrue();
        assertThat(first.arrived(copy)).isFalse();

        assertThat(action(first).sends()).isEmpty();
        TiedGradient ofFirst = sent(entry(first, EndOfBatch.SHARE), TiedGradient.class);
        entry(first, EndOfBatch.SUM);
        assertThat(first.arrived(copy)).isFalse();
        entry(first, EndOfBatch.STEP);
        assertThat(first.arrived(copy)).isFalse();

        ofFirst.tensor().release();
        first.checkDrained();
    }
}
