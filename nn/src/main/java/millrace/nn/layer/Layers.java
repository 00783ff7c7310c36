package millrace.nn.layer;

import java.util.List;
import millrace.nn.kernel.Activation;
import millrace.nn.kernel.Window;
import millrace.nn.layer.Recurrent.Cell;
import millrace.nn.random.Initializer;

/**
 * The layers by name, for models that read like a list: {@code dense(256), relu(), dense(10)}. Shapes are those of one
 * sample. A layer that gets an input of another shape than it takes is refused when the model is made, with an
 * {@link IllegalArgumentException} that names both shapes.
 */
public final class Layers {
    private Layers() {}

    /**
     * {@link Dense} with bias and PyTorch's initialisation: the last dimension becomes {@code units}.
     *
     * @param units outputs, 1 or more
     */
    public static Layer dense(int units) {
        return new Dense(units);
    }

    /**
     * {@link Dense} without bias, its weight that of the {@link Embedding} that the model begins with.
     *
     * @param units tokens of the embedding's vocabulary
     */
    public static Layer tiedDense(int units) {
        return Dense.tiedToEmbedding(units, false);
    }

    /** max(x, 0) of each value, of any shape. */
    public static Layer relu() {
        return new ActivationLayer(Activation.RELU);
    }

    /**
     * x right of zero, slope * x left of it, of any shape.
     *
     * @param slope above 0; PyTorch's default is 0.01
     */
    public static Layer leakyRelu(float slope) {
        return new ActivationLayer(Activation.leakyRelu(slope));
    }

    /** 1 / (1 + exp(-x)) of each value, of any shape. */
    public static Layer sigmoid() {
        return new ActivationLayer(Activation.SIGMOID);
    }

    /** The hyperbolic tangent of each value, of any shape. */
    public static Layer tanh() {
        return new ActivationLayer(Activation.TANH);
    }

    /** x * Phi(x) of each value, of any shape, with the normal distribution function Phi: the exact form. */
    public static Layer gelu() {
        return new ActivationLayer(Activation.GELU);
    }

    /** x / (1 + exp(-x)) of each value, of any shape; also called swish. */
    public static Layer silu() {
        return new ActivationLayer(Activation.SILU);
    }

    /**
     * x right of zero, alpha * (exp(x) - 1) left of it, of any shape.
     *
     * @param alpha above 0; PyTorch's default is 1
     */
    public static Layer elu(float alpha) {
        return new ActivationLayer(Activation.elu(alpha));
    }

    /** {@link Softmax} over the last dimension. */
    public static Layer softmax() {
        return new Softmax();
    }

    /** {@link Flatten}: any shape to one dimension of as many values. */
    public static Layer flatten() {
        return new Flatten();
    }

    /**
     * {@link Conv2d} with bias, one group, neighbouring values and PyTorch's initialisation: channels x height x width to
     * {@code channels} x places down x places across.
     *
     * @param channels that come out, 1 or more
     * @param size rows and columns of the filter, 1 or more
     * @param stride from one place to the next, 1 or more
     * @param padding rows and columns of zeros on each side, 0 or more
     */
    public static Layer conv2d(int channels, int size, int stride, int padding) {
        return new Conv2d(channels, new Window(size, stride, padding, 1), 1, true, Initializer.PYTORCH);
    }

    /**
     * {@link Pool2d}: channels x height x width to channels x height/size x width/size, the largest value of each square.
     *
     * @param size rows and columns of a square, 1 or more; squares lie side by side
     */
    public static Layer maxPool2d(int size) {
        return new Pool2d(Pool2d.Kind.MAX, new Window(size, size, 0, 1));
    }

    /**
     * {@link Pool2d}: channels x height x width to channels x height/size x width/size, the mean of each square.
     *
     * @param size rows and columns of a square, 1 or more; squares lie side by side
     */
    public static Layer avgPool2d(int size) {
        return new Pool2d(Pool2d.Kind.AVG, new Window(size, size, 0, 1));
    }

    /** {@link GlobalAvgPool}: channels x height x width to channels, the mean of each. */
    public static Layer globalAvgPool() {
        return new GlobalAvgPool();
    }

    /** {@link BatchNorm} of each feature or channel, with PyTorch's epsilon (1e-5) and momentum (0.1). */
    public static Layer batchNorm() {
        return new BatchNorm();
    }

    /**
     * {@link Embedding} with PyTorch's initialisation: positions (token numbers) to positions x width.
     *
     * @param vocabulary number of tokens, 1 or more
     * @param width of a token's vector, 1 or more
     */
    public static Layer embedding(int vocabulary, int width) {
        return new Embedding(vocabulary, width, Initializer.NORMAL);
    }

    /**
     * {@link PositionalEmbedding} with PyTorch's initialisation, added to positions x width.
     *
     * @param context positions of a sample, 1 or more
     */
    public static Layer positionalEmbedding(int context) {
        return new PositionalEmbedding(context, Initializer.NORMAL);
    }

    /** {@link LayerNorm} over the last dimension, with PyTorch's epsilon (1e-5). */
    public static Layer layerNorm() {
        return new LayerNorm();
    }

    /**
     * Causal {@link SelfAttention} with PyTorch's initialisation: positions x width to the same shape.
     *
     * @param heads 1 or more; they divide the width
     */
    public static Layer attention(int heads) {
        return new SelfAttention(heads, true, Initializer.PYTORCH);
    }

    /**
     * Causal {@link TransformerBlock} without dropout and with PyTorch's initialisation: positions x width to the same shape.
     *
     * @param width of a position, a multiple of heads
     * @param heads of its attention, 1 or more
     */
    public static Block transformerBlock(int width, int heads) {
        return new TransformerBlock(width, heads, 0, true, Initializer.PYTORCH);
    }

    /**
     * {@link Recurrent} with tanh: positions x width to positions x hidden.
     *
     * @param hidden units, 1 or more
     */
    public static Layer rnn(int hidden) {
        return new Recurrent(Cell.RNN, hidden);
    }

    /**
     * {@link Recurrent} with cells of long and short memory: positions x width to positions x hidden.
     *
     * @param hidden units, 1 or more
     */
    public static Layer lstm(int hidden) {
        return new Recurrent(Cell.LSTM, hidden);
    }

    /**
     * {@link Recurrent} with gated units: positions x width to positions x hidden.
     *
     * @param hidden units, 1 or more
     */
    public static Layer gru(int hidden) {
        return new Recurrent(Cell.GRU, hidden);
    }

    /**
     * {@link Recurrent} with tanh that reads the sequence from both ends: positions x width to positions x 2 hidden.
     *
     * @param hidden units of each direction, 1 or more
     */
    public static Layer bidirectionalRnn(int hidden) {
        return new Recurrent(Cell.RNN, hidden, true, true);
    }

    /**
     * {@link Recurrent} with cells of long and short memory that reads the sequence from both ends: positions x width to
     * positions x 2 hidden.
     *
     * @param hidden units of each direction, 1 or more
     */
    public static Layer bidirectionalLstm(int hidden) {
        return new Recurrent(Cell.LSTM, hidden, true, true);
    }

    /**
     * {@link Recurrent} with gated units that reads the sequence from both ends: positions x width to positions x 2 hidden.
     *
     * @param hidden units of each direction, 1 or more
     */
    public static Layer bidirectionalGru(int hidden) {
        return new Recurrent(Cell.GRU, hidden, true, true);
    }

    /**
     * {@link Residual}: x + layers(x).
     *
     * @param layers 1 or more, which together keep the shape
     */
    public static Block residual(Block... layers) {
        return new Residual(List.of(layers), List.of());
    }

    /**
     * {@link Residual}: main(x) + shortcut(x).
     *
     * @param main 1 layer or more
     * @param shortcut layers whose output has the shape of main's; none: x itself
     */
    public static Block residual(List<? extends Block> main, List<? extends Block> shortcut) {
        return new Residual(List.copyOf(main), List.copyOf(shortcut));
    }

    /**
     * {@link Dropout} of each value, of any shape, in training only.
     *
     * @param p probability that a value is dropped, at least 0 and below 1
     */
    public static Layer dropout(float p) {
        return new Dropout(p);
    }
}
