package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.Arena;
import java.util.List;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;

class DatasetOutlineTest {
    private static final Dataset DATA = new Dataset(
                    "d",
                    Tensor.of(Arena.ofAuto(), Shape.of(3, 2), 1, 2, 3, 4, 5, 6),
                    Tensor.labels(Arena.ofAuto(), 0, 1, 1),
                    List.of("no", "yes"))
            .withWeights(1, 2, 3);

    @Test
    void allButTheSamplesIsKnown() {
        Dataset outline = DatasetOutline.of(DATA).dataset();

        assertThat(outline.isOutline()).isTrue();
        assertThat(outline.size()).isEqualTo(3);
        assertThat(outline.sampleShape()).isEqualTo(Shape.of(2));
        assertThat(outline.classes()).containsExactly("no", "yes");
        assertThat(outline.weights()).isNotNull();
        assertThat(outline.bytes()).isZero();
        assertThat(DatasetOutline.of(outline)).isEqualTo(DatasetOutline.of(DATA));
        assertThat(outline.withSampleShape(Shape.of(1, 2)).sampleShape()).isEqualTo(Shape.of(1, 2));
        assertThat(DATA.isOutline()).isFalse();
        assertThat(DATA.bytes()).isEqualTo(4 * (6 + 3 + 3));
    }

    @Test
    void samplesThatAreNotHereCannotBeRead() {
        Dataset outline = DatasetOutline.of(DATA).dataset();
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> outline.inputs().getFloat(0));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> outline.slice(0, 2));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> outline.targets(1, 2));
    }
}
