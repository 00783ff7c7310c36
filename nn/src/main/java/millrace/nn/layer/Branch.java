package millrace.nn.layer;

import java.util.List;
import java.util.Locale;
import millrace.nn.kernel.Kernels;
import millrace.nn.tensor.Shape;

/**
 * The points of a skip connection, which {@link Residual} puts around its layers. Tensors that are kept lie on a stack:
 *
 * <pre>
 *            forward                                backward
 * FORK       keeps the tensor that goes on          adds the kept delta to the one that comes
 * SHORTCUT   exchanges it with the kept one         exchanges them back
 * JOIN       adds the kept one to it                keeps the delta that goes on
 * </pre>
 *
 * <p>The run of layers does that; what a point itself does to the tensor on its way is nothing.
 */
public enum Branch implements Layer {
    /** Where a skip connection begins. */
    FORK,
    /** Between the skipped layers and those of the shortcut. */
    SHORTCUT,
    /** Where the two are added. */
    JOIN;

    @Override
    public String type() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        return new Identity();
    }
}
