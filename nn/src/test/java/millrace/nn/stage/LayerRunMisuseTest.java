package millrace.nn.stage;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.dropout;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.tanh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.util.List;
import java.util.Objects;
import java.util.Random;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LayerRunMisuseTest {
    private static final Model MODEL = Model.of(Shape.of(3), relu(), dense(4), tanh(), dropout(0.5f), dense(2));
    private static final int ROWS = 4;

    private final Random random = new Random(1);
    private final LayerRun run = RandomChain.run(MODEL, 1, 5);

    @AfterEach
    void close() {
        run.close();
    }

    private Tensor forward(long microBatch) {
        return run.forward(microBatch, RandomChain.random(random, Shape.of(3), ROWS));
    }

    private Tensor delta() {
        return RandomChain.random(random, Shape.of(2), ROWS);
    }

    @Test
    void everyBufferComesBackWhenEverybodyReleases() {
        forward(0).release();
        forward(1).release();
        assertThat(run.stashed()).isEqualTo(2);
        Objects.requireNonNull(run.backward(0, delta(), false)).release();
        Objects.requireNonNull(run.backwardInput(1, delta())).release();
        run.backwardWeight(1, true);
        run.infer(RandomChain.random(random, Shape.of(3), ROWS)).release();

        assertThat(run.stashed()).isZero();
        assertThatNoException().isThrownBy(run::checkDrained);
    }

    @Test
    void anActivationThatNobodyReleasesIsALeak() {
        forward(0);
        Objects.requireNonNull(run.backward(0, delta(), false)).release();

        assertThatIllegalStateException()
                .isThrownBy(run::checkDrained)
                .withMessage("buffers not returned: [activations of layer 4: 1], micro-batches stashed: []"
                        + " (expected: none after the drain)");
    }

    @Test
    void aDeltaThatNobodyReleasesIsALeak() {
        forward(0).release();
        run.backward(0, delta(), false);

        assertThatIllegalStateException()
                .isThrownBy(run::checkDrained)
                .withMessage("buffers not returned: [gradients of layer 1: 1], micro-batches stashed: []"
                        + " (expected: none after the drain)");
    }

    @Test
    void aMicroBatchThatNeverComesBackIsALeak() {
        forward(6).release();

        assertThatIllegalStateException()
                .isThrownBy(run::checkDrained)
                .withMessageContaining("activations of layer 1: 1, activations of layer 3: 1")
                .withMessageContaining("micro-batches stashed: [6]");
    }

    @Test
    void aMissingBackwardWeightIsALeak() {
        forward(0).release();
        Objects.requireNonNull(run.backwardInput(0, delta())).release();

        assertThatIllegalStateException()
                .isThrownBy(run::checkDrained)
                .withMessageContaining("activations of layer 3: 1")
                .withMessageContaining("gradients of layer 4: 1")
                .withMessageContaining("micro-batches stashed: [0]");
    }

    @Test
    void backwardNeedsAForward() {
        forward(3).release();

        assertThatIllegalStateException()
                .isThrownBy(() -> run.backward(2, delta(), false))
                .withMessage("micro-batch 2: backward without forward (expected: one of [3])");
        assertThatIllegalStateException()
                .isThrownBy(() -> run.backwardWeight(2, false))
                .withMessage("micro-batch 2: backward without forward (expected: one of [3])");
    }

    @Test
    void backwardWeightNeedsBackwardInput() {
        forward(0).release();

        assertThatIllegalStateException()
                .isThrownBy(() -> run.backwardWeight(0, false))
                .withMessage("a stashed tensor is gone (expected: it is kept until its last use)");
    }

    @Test
    void aMicroBatchGoesForwardOnce() {
        forward(0).release();

        assertThatIllegalStateException()
                .isThrownBy(() -> forward(0))
                .withMessage("micro-batch 0: forward twice (expected: once)");
    }

    @Test
    void moreMicroBatchesThanTheRunHasRoomForAreAnError() {
        List<Tensor> held = List.of(forward(0), forward(1));

        assertThat(held).hasSize(2);
        assertThatIllegalStateException()
                .isThrownBy(() -> forward(2))
                .withMessage("activations of layer 1: 2 buffers in use (expected: at most 2, the schedule's peak)");
    }

    @Test
    void inferenceKeepsNothingAndDropsNothing() {
        Tensor input = RandomChain.random(random, Shape.of(3), ROWS);
        List<Float> once = RandomChain.taken(run.infer(input));
        List<Float> twice = RandomChain.taken(run.infer(input));

        assertThat(twice).isEqualTo(once);
        assertThat(RandomChain.taken(run.forward(0, input))).isNotEqualTo(once);
    }
}
