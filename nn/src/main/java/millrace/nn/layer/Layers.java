package millrace.nn.layer;

import java.util.List;
import millrace.nn.kernel.Activation;
import millrace.nn.kernel.Window;
import millrace.nn.layer.Recurrent.Cell;
import millrace.nn.random.Initializer;

/** The layers by name, for models that read like a list: {@code dense(256), relu(), dense(10)}. */
public final class Layers {
    private Layers() {}

    /** {@link Dense} with bias and PyTorch's initialisation. */
    public static Layer dense(int units) {
        return new Dense(units);
    }

    /** {@link Dense} without bias, its weight that of the embedding. */
    public static Layer tiedDense(int units) {
        return Dense.tiedToEmbedding(units, false);
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

    /** {@link Conv2d} with bias, one group, neighbouring values and PyTorch's initialisation. */
    public static Layer conv2d(int channels, int size, int stride, int padding) {
        return new Conv2d(channels, new Window(size, stride, padding, 1), 1, true, Initializer.PYTORCH);
    }

    /** {@link Pool2d}: the largest of each square of {@code size}, side by side. */
    public static Layer maxPool2d(int size) {
        return new Pool2d(Pool2d.Kind.MAX, new Window(size, size, 0, 1));
    }

    /** {@link Pool2d}: the mean of each square of {@code size}, side by side. */
    public static Layer avgPool2d(int size) {
        return new Pool2d(Pool2d.Kind.AVG, new Window(size, size, 0, 1));
    }

    /** {@link GlobalAvgPool}. */
    public static Layer globalAvgPool() {
        return new GlobalAvgPool();
    }

    /** {@link BatchNorm} with PyTorch's epsilon and momentum. */
    public static Layer batchNorm() {
        return new BatchNorm();
    }

    /** {@link Embedding} with PyTorch's initialisation. */
    public static Layer embedding(int vocabulary, int width) {
        return new Embedding(vocabulary, width, Initializer.NORMAL);
    }

    /** {@link PositionalEmbedding} with PyTorch's initialisation. */
    public static Layer positionalEmbedding(int context) {
        return new PositionalEmbedding(context, Initializer.NORMAL);
    }

    /** {@link LayerNorm} with PyTorch's epsilon. */
    public static Layer layerNorm() {
        return new LayerNorm();
    }

    /** {@link CausalAttention} with PyTorch's initialisation. */
    public static Layer attention(int heads) {
        return new CausalAttention(heads, Initializer.PYTORCH);
    }

    /** {@link TransformerBlock} without dropout and with PyTorch's initialisation. */
    public static Block transformerBlock(int width, int heads) {
        return new TransformerBlock(width, heads, 0, Initializer.PYTORCH);
    }

    /** {@link Recurrent} with tanh. */
    public static Layer rnn(int hidden) {
        return new Recurrent(Cell.RNN, hidden);
    }

    /** {@link Recurrent} with cells of long and short memory. */
    public static Layer lstm(int hidden) {
        return new Recurrent(Cell.LSTM, hidden);
    }

    /** {@link Recurrent} with gated units. */
    public static Layer gru(int hidden) {
        return new Recurrent(Cell.GRU, hidden);
    }

    /** x + layers(x). */
    public static Block residual(Block... layers) {
        return new Residual(List.of(layers), List.of());
    }

    /** main(x) + shortcut(x). */
    public static Block residual(List<? extends Block> main, List<? extends Block> shortcut) {
        return new Residual(List.copyOf(main), List.copyOf(shortcut));
    }

    /** {@link Dropout} with probability p. */
    public static Layer dropout(float p) {
        return new Dropout(p);
    }
}
