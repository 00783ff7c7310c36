package millrace.nn.data;

import java.util.List;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * What a data set is like, without its samples: enough for all that a run decides before it reads any, and for stages that
 * read none.
 *
 * @param name of the set
 * @param inputs element type of the inputs
 * @param inputShape their shape, samples first
 * @param targets element type of the targets
 * @param targetShape their shape, samples first
 * @param classes names of the classes by label; empty for a regression
 * @param weighted whether samples have weights
 */
public record DatasetOutline(
        String name,
        ElementType inputs,
        Shape inputShape,
        ElementType targets,
        Shape targetShape,
        List<String> classes,
        boolean weighted) {
    public DatasetOutline {
        classes = List.copyOf(classes);
    }

    /** That of a data set. */
    public static DatasetOutline of(Dataset data) {
        return new DatasetOutline(
                data.name(),
                data.inputs().type(),
                data.inputs().shape(),
                data.targets().type(),
                data.targets().shape(),
                data.classes(),
                data.weights() != null);
    }

    /**
     * A data set of this form whose samples are not here.
     *
     * @throws IllegalArgumentException when there is no data set of this form
     */
    public Dataset dataset() {
        Tensor samples = Tensor.absent(inputs, inputShape);
        return new Dataset(
                name,
                samples,
                Tensor.absent(targets, targetShape),
                classes,
                weighted ? Tensor.absent(ElementType.F32, Shape.of(samples.rows())) : null);
    }
}
