package millrace.nn.stage;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import millrace.nn.backend.Backend;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;

class HeldBytesTest {
    private static final Model MODEL = Model.of(Shape.of(3), dense(4), relu(), dense(5));
    private static final int MICRO_BATCHES = 3;
    private static final int ROWS = 2;
    private static final long INPUT = ROWS * 3 * 4;
    // the samples, and what comes out of relu and goes into the second dense: one tensor
    private static final long ALL = INPUT + ROWS * 4 * 4;

    private static LayerRun run(Keep keep) {
        return new LayerRun(
                MODEL,
                Partition.whole(MODEL).range(0),
                ROWS,
                1,
                MICRO_BATCHES,
                Backend.fast().float32(),
                keep);
    }

    private static void forwards(LayerRun run) {
        for (int m = 0; m < MICRO_BATCHES; m++) {
            run.forward(m, tensor(3)).release();
        }
    }

    private static Tensor tensor(int columns) {
        return Tensor.of(Arena.ofAuto(), Shape.of(ROWS, columns), new float[ROWS * columns]);
    }

    @Test
    void everythingThatBackwardsReadIsCountedOnce() {
        try (LayerRun run = run(Keep.ACTIVATIONS)) {
            forwards(run);
            assertThat(run.mostHeldBytes()).isEqualTo(MICRO_BATCHES * ALL);
            for (int m = 0; m < MICRO_BATCHES; m++) {
                run.backward(m, tensor(5), m > 0);
            }
            forwards(run);
            assertThat(run.mostHeldBytes()).isEqualTo(MICRO_BATCHES * ALL);
        }
    }

    @Test
    void aSecondForwardNeedsTheActivationsOfOneMicroBatch() {
        try (LayerRun run = run(Keep.INPUT)) {
            forwards(run);
            assertThat(run.mostHeldBytes()).isEqualTo(MICRO_BATCHES * INPUT);
            for (int m = 0; m < MICRO_BATCHES; m++) {
                run.backward(m, tensor(5), m > 0);
            }
            assertThat(run.mostHeldBytes()).isEqualTo((MICRO_BATCHES - 1) * INPUT + ALL);
        }
    }

    @Test
    void betweenBackwardInputAndBackwardWeightTheDeltasCountToo() {
        try (LayerRun run = run(Keep.ACTIVATIONS)) {
            run.forward(0, tensor(3)).release();
            run.backwardInput(0, tensor(5));
            // deltas of both dense layers
            assertThat(run.mostHeldBytes()).isEqualTo(ALL + ROWS * (4 + 5) * 4);
            run.backwardWeight(0, false);
            run.forward(1, tensor(3)).release();
            run.discard(1);
            forwards(run);
            assertThat(run.mostHeldBytes()).isEqualTo(MICRO_BATCHES * ALL);
        }
    }
}
