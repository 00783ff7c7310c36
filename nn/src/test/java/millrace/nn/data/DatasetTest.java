package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.util.List;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;

class DatasetTest {

    @Test
    void saysWhatItHolds() {
        Dataset labelled = TestData.labelled(5, 3, 2);

        assertThat(labelled.size()).isEqualTo(5);
        assertThat(labelled.sampleShape()).isEqualTo(Shape.of(3));
        assertThat(labelled.isClassification()).isTrue();
        assertThat(labelled).hasToString("labelled[5 of 3, 2 classes]");
        assertThat(TestData.valued(5, 3, 2).isClassification()).isFalse();
        assertThat(TestData.valued(5, 3, 2)).hasToString("valued[5 of 3, regression]");
    }

    @Test
    void sliceIsAViewOfARange() {
        Dataset slice = TestData.labelled(5, 2, 3).slice(2, 4);

        assertThat(slice.inputs().toFloats()).containsExactly(200, 201, 300, 301);
        assertThat(TestData.ints(slice.targets())).containsExactly(2, 0);
        assertThat(slice.classes()).hasSize(3);
        assertThat(TestData.labelled(5, 2, 3).slice(5, 5).size()).isZero();
    }

    @Test
    void sliceOutsideIsAnError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TestData.labelled(5, 2, 3).slice(2, 6))
                .withMessage("labelled: rows 2 to 6 (expected: a range within 0 to 5)");
    }

    @Test
    void selectCopiesRowsInTheGivenOrder() {
        Dataset whole = TestData.valued(4, 2, 1);
        Dataset selected = whole.select(new int[] {3, 0, 3});
        whole.inputs().setFloat(0, -1);

        assertThat(selected.inputs().toFloats()).containsExactly(300, 301, 0, 1, 300, 301);
        assertThat(selected.targets().toFloats()).containsExactly(300, 0, 300);
        assertThat(whole.select(new int[0]).size()).isZero();
    }

    @Test
    void selectOutsideIsAnError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TestData.valued(4, 2, 1).select(new int[] {0, 4}))
                .withMessage("valued: row 4 (expected: 0 to 3, the data set's rows)");
    }

    @Test
    void sampleShapeCanChangeWhenTheSizeStays() {
        Dataset square = TestData.labelled(3, 4, 2).withSampleShape(Shape.of(2, 2));

        assertThat(square.inputs().shape()).isEqualTo(Shape.of(3, 2, 2));
        assertThat(square.inputs().getFloat(5)).isEqualTo(101);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> square.withSampleShape(Shape.of(5)))
                .withMessage("labelled: sample shape 5 (expected: 4 values, as in 2x2)");
    }

    @Test
    void partsCanBeReplaced() {
        Dataset dataset = TestData.valued(2, 3, 1);
        Tensor other = TestData.floats(2, 1, 7, 8);

        assertThat(dataset.withInputs(other).inputs()).isSameAs(other);
        assertThat(dataset.withTargets(other).targets()).isSameAs(other);
        assertThat(dataset.withName("other").name()).isEqualTo("other");
    }

    @Test
    void unequalRowsAreAnError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Dataset(
                        "train", TestData.numbered(3, 2), Tensor.labels(Arena.ofAuto(), 0, 1), List.of("a", "b")))
                .withMessage("train: 3 inputs and 2 targets (expected: equally many); every sample needs its target");
    }

    @Test
    void labelOutOfRangeNamesRowAndLabel() {
        List<String> classes = List.of("a", "b");
        Tensor inputs = TestData.numbered(3, 2);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Dataset("train", inputs, Tensor.labels(Arena.ofAuto(), 0, 1, 2), classes))
                .withMessage("train: row 2: label out of range: 2 (expected: 0 to 1);"
                        + " correct the label or name all classes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Dataset("train", inputs, Tensor.labels(Arena.ofAuto(), 0, -1, 1), classes))
                .withMessageStartingWith("train: row 1: label out of range: -1 (expected: 0 to 1)");
    }

    @Test
    void wrongTypesAndShapesAreErrors() {
        Tensor labels = Tensor.labels(Arena.ofAuto(), 0, 1);
        Tensor inputs = TestData.numbered(2, 2);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Dataset("train", labels, labels, List.of("a", "b")))
                .withMessage("train: inputs: I32[2] (expected: samples x features or tokens)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Dataset("train", inputs, labels, List.of()))
                .withMessage("train: targets: I32[2] (expected: F32 of samples x values)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Dataset("train", inputs, inputs, List.of("a", "b")))
                .withMessage("train: targets: F32[2x2] (expected: I32, a label a sample or a label a position)");
    }

    @Test
    void checkedFindsNaNAndInfinityWithRowAndColumn() {
        Tensor bad = TestData.floats(2, 3, 0, 1, 2, 3, 4, Float.NaN);
        Tensor good = TestData.numbered(2, 1);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Dataset.checked("train", bad, good, List.of()))
                .withMessage("train: input row 1, column 2: NaN (expected: a finite number);"
                        + " correct or remove the sample");
        Tensor infinite = TestData.floats(2, 1, 0, Float.NEGATIVE_INFINITY);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Dataset.checked("train", good, infinite, List.of()))
                .withMessage("train: target row 1, column 0: -Infinity (expected: a finite number);"
                        + " correct or remove the sample");
        assertThat(Dataset.checked("train", good, good, List.of()).size()).isEqualTo(2);
    }

    @Test
    void tokensAndLabelsOfPositionsMayBeAnyThatThereAre() {
        Arena arena = Arena.ofAuto();
        Tensor tokens = Tensor.labels(arena, 0, 7, 3, 1).reshape(Shape.of(2, 2));
        Tensor labels = Tensor.labels(arena, 0, Dataset.IGNORED, 1, 1).reshape(Shape.of(2, 2));

        Dataset text = Dataset.checked("text", tokens, labels, List.of("a", "b"));

        assertThat(text.slice(1, 2).inputs().getInt(0)).isEqualTo(3);
        assertThat(text.select(new int[] {1, 0}).targets().getInt(3)).isEqualTo(Dataset.IGNORED);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Dataset("text", labels, labels, List.of("a", "b")))
                .withMessage("text: row 0: token out of range: -100 (expected: 0 to 2147483646); correct the token");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Normalization.standard(text))
                .withMessage("text: samples are tokens (expected: values); leave them as they are, normalize = none");
    }
}
