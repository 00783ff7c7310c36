package millrace.nn.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TensorTest {
    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void holdsValuesRowMajor() {
        Tensor tensor = Tensor.of(arena, Shape.of(2, 3), 1, 2, 3, 4, 5, 6);

        assertThat(tensor.getFloat(3)).isEqualTo(4);
        assertThat(tensor.rows()).isEqualTo(2);
        assertThat(tensor.columns()).isEqualTo(3);
        assertThat(tensor.toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(tensor).hasToString("F32[2x3]");
    }

    @Test
    void holdsLabels() {
        Tensor labels = Tensor.labels(arena, 7, 0, -1);
        labels.setInt(1, 5);

        assertThat(labels.type()).isEqualTo(ElementType.I32);
        assertThat(labels.shape()).isEqualTo(Shape.of(3));
        assertThat(labels.getInt(0)).isEqualTo(7);
        assertThat(labels.getInt(1)).isEqualTo(5);
        assertThat(labels.getInt(2)).isEqualTo(-1);
    }

    @Test
    void startsZeroedAndAligned() {
        Tensor first = Tensor.zeros(arena, ElementType.F32, Shape.of(3, 5));
        Tensor second = Tensor.zeros(arena, ElementType.F32, Shape.of(1));

        assertThat(first.toFloats()).containsOnly(0).hasSize(15);
        assertThat(first.memory().address() % Memory.ALIGNMENT).isZero();
        assertThat(second.memory().address() % Memory.ALIGNMENT).isZero();
    }

    @Test
    void columnsAreEverythingBehindTheBatch() {
        assertThat(Tensor.zeros(arena, ElementType.F32, Shape.of(2, 3, 4)).columns())
                .isEqualTo(12);
        assertThat(Tensor.zeros(arena, ElementType.F32, Shape.of(2)).columns()).isEqualTo(1);
        assertThat(Tensor.zeros(arena, ElementType.F32, Shape.of(0, 4)).columns())
                .isZero();
    }

    @Test
    void reshapeSharesTheMemory() {
        Tensor tensor = Tensor.of(arena, Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
        Tensor flat = tensor.reshape(Shape.of(6));
        flat.setFloat(5, 60);

        assertThat(tensor.getFloat(5)).isEqualTo(60);
        assertThat(flat.shape()).isEqualTo(Shape.of(6));
        assertThat(tensor.reshape(Shape.of(2, 3))).isSameAs(tensor);
    }

    @Test
    void refusesAReshapeToAnotherSize() {
        Tensor tensor = Tensor.zeros(arena, ElementType.F32, Shape.of(2, 3));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> tensor.reshape(Shape.of(2, 4)))
                .withMessage("memory: 24 bytes (expected: 32 for shape 2x4)");
    }

    @Test
    void refusesFewerValuesThanTheShapeHas() {
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> Tensor.of(arena, Shape.of(3), 1, 2));
    }

    @Test
    void sliceIsAViewOfSomeRows() {
        Tensor tensor = Tensor.of(arena, Shape.of(3, 2), 1, 2, 3, 4, 5, 6);
        Tensor rows = tensor.slice(1, 3);
        rows.setFloat(0, 30);

        assertThat(rows.shape()).isEqualTo(Shape.of(2, 2));
        assertThat(rows.toFloats()).containsExactly(30, 4, 5, 6);
        assertThat(tensor.getFloat(2)).isEqualTo(30);
        assertThat(tensor.slice(1, 1).shape()).isEqualTo(Shape.of(0, 2));
    }

    @Test
    void slicesOfLabelsKeepTheirType() {
        Tensor rows = Tensor.labels(arena, 4, 5, 6).slice(1, 2);

        assertThat(rows.type()).isEqualTo(ElementType.I32);
        assertThat(rows.getInt(0)).isEqualTo(5);
    }

    @Test
    void refusesASliceBeyondTheRows() {
        Tensor tensor = Tensor.zeros(arena, ElementType.F32, Shape.of(3, 2));

        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> tensor.slice(2, 4));
    }

    @Test
    void refusesASliceOfAPooledTensor() {
        Tensor pooled = new TensorPool("pool", arena, 8, 1).take(ElementType.F32, Shape.of(2, 2));

        assertThatIllegalStateException()
                .isThrownBy(() -> pooled.slice(0, 1))
                .withMessage("slice of a pooled tensor (expected: one that lives with its arena)");
    }

    @Test
    void releasingATensorOfAnArenaDoesNothing() {
        Tensor tensor = Tensor.of(arena, Shape.of(1), 3);
        tensor.release();
        tensor.release();

        assertThat(tensor.retain()).isSameAs(tensor);
        assertThat(tensor.getFloat(0)).isEqualTo(3);
    }

    @Test
    void refusesMemoryThatDoesNotFitTheShape() {
        MemorySegment memory = arena.allocate(20);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tensor(memory, ElementType.F32, Shape.of(2, 3), null))
                .withMessage("memory: 20 bytes (expected: 24 for shape 2x3)");
    }
}
