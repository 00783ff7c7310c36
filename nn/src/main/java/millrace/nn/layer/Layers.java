package millrace.nn.layer;

import java.util.List;
import millrace.nn.kernel.Activation;

/** The layers by name, for models that read like a list: {@code dense(256), relu(), dense(10)}. */
public final class Layers {
    private Layers() {}

    /** {@link Dense} with bias and PyTorch's initialisation. */
    public static Layer dense(int units) {
        return new Dense(units);
    }

    /** max(x, 0). */
    public static Layer relu() {
        return new ActivationLayer(Activation.RELU);
    }

    /** x right of zero, slope * x left of it. */
    public static Layer leakyRelu(float slope) {
        return new ActivationLayer(Activation.leakyRelu(slope));
    }

    /** 1 / (1 + exp(-x)). */
    public static Layer sigmoid() {
        return new ActivationLayer(Activation.SIGMOID);
    }

    public static Layer tanh() {
        return new ActivationLayer(Activation.TANH);
    }

    /** x * Phi(x), the exact form. */
    public static Layer gelu() {
        return new ActivationLayer(Activation.GELU);
    }

    /** {@link Softmax} over the last dimension. */
    public static Layer softmax() {
        return new Softmax();
    }

    /** {@link Flatten} to one dimension. */
    public static Layer flatten() {
        return new Flatten();
    }

    /** x + layers(x). */
    public static Part residual(Part... layers) {
        return new Residual(List.of(layers), List.of());
    }

    /** main(x) + shortcut(x). */
    public static Part residual(List<? extends Part> main, List<? extends Part> shortcut) {
        return new Residual(List.copyOf(main), List.copyOf(shortcut));
    }

    /** {@link Dropout} with probability p. */
    public static Layer dropout(float p) {
        return new Dropout(p);
    }
}
