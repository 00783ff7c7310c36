package millrace.nn.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TensorPoolTest {
    private static final Shape SHAPE = Shape.of(2, 4);

    private final Arena arena = Arena.ofConfined();
    private final TensorPool pool = new TensorPool("stage 1 activations", arena, 8, 2);

    @AfterEach
    void close() {
        arena.close();
    }

    private Tensor take() {
        return pool.take(ElementType.F32, SHAPE);
    }

    @Test
    void makesNoBufferBeforeItIsNeeded() {
        assertThat(pool.peak()).isZero();
        assertThat(pool.inUse()).isZero();
        assertThat(pool.name()).isEqualTo("stage 1 activations");
    }

    @Test
    void usesAReleasedBufferAgain() {
        Tensor first = take();
        long address = first.memory().address();
        first.release();
        Tensor second = take();

        assertThat(second.memory().address()).isEqualTo(address);
        assertThat(pool.peak()).isEqualTo(1);
    }

    @Test
    void buffersInUseDoNotOverlap() {
        Tensor first = take();
        Tensor second = take();

        assertThat(first.memory().asOverlappingSlice(second.memory())).isEmpty();
        assertThat(second.memory().address() % Memory.ALIGNMENT).isZero();
    }

    @Test
    void givesSmallerShapesAndOtherTypes() {
        Tensor labels = pool.take(ElementType.I32, Shape.of(3));

        assertThat(labels.type()).isEqualTo(ElementType.I32);
        assertThat(labels.memory().byteSize()).isEqualTo(12);
        labels.release();
        assertThat(take().memory().byteSize()).isEqualTo(32);
        assertThat(pool.peak()).isEqualTo(1);
    }

    @Test
    void refusesMoreThanTheLimit() {
        Tensor first = take();
        Tensor second = take();

        assertThatIllegalStateException()
                .isThrownBy(this::take)
                .withMessage("stage 1 activations: 2 buffers in use (expected: at most 2, the schedule's peak)");
        assertThat(second).isNotSameAs(first);

        first.release();
        assertThat(take().shape()).isEqualTo(SHAPE);
    }

    @Test
    void refusesAShapeThatDoesNotFit() {
        assertThatIllegalStateException()
                .isThrownBy(() -> pool.take(ElementType.F32, Shape.of(3, 3)))
                .withMessage("stage 1 activations: shape 3x3 (expected: at most 8 elements, the pool's buffer size)");
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void countsLeakedBuffers() {
        Tensor kept = take();
        Tensor returned = take();
        returned.release();

        assertThat(pool.inUse()).isEqualTo(1);
        assertThat(pool.peak()).isEqualTo(2);
        kept.release();
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void theLastOfSeveralHoldsGivesTheBufferBack() {
        Tensor tensor = take();
        Tensor kept = tensor.retain();
        tensor.release();
        assertThat(pool.inUse()).isEqualTo(1);

        kept.release();
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void aReshapedTensorSharesTheHolds() {
        Tensor flat = take().reshape(Shape.of(8));
        flat.release();

        assertThat(pool.inUse()).isZero();
    }

    @Test
    void refusesASecondReleaseAndKeepsTheBufferOnce() {
        Tensor tensor = take();
        tensor.release();

        assertThatIllegalStateException()
                .isThrownBy(tensor::release)
                .withMessage("stage 1 activations: buffer released more often than held");
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void aLateSecondReleaseDoesNotTakeTheBufferFromItsNextHolder() {
        Tensor old = take();
        old.release();
        Tensor current = take();

        assertThatIllegalStateException().isThrownBy(old::release);
        assertThat(pool.inUse()).isEqualTo(1);
        current.release();
    }

    @Test
    void refusesToRetainAfterTheLastReleaseAndStaysReleased() {
        Tensor tensor = take();
        tensor.release();

        assertThatIllegalStateException()
                .isThrownBy(tensor::retain)
                .withMessage("stage 1 activations: buffer retained after its last release");
        // a failed retain must not count as a hold: the release that follows would return the buffer twice
        assertThatIllegalStateException().isThrownBy(tensor::release);
        assertThat(pool.inUse()).isZero();
    }
}
