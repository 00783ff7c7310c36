package millrace.nn.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import millrace.nn.kernel.Kernels;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;

/**
 * A layer that goes through a sequence step by step, beginning with a state of 0: PyTorch's RNN (tanh), LSTM and GRU with
 * {@code batch_first}. Samples of T x I in, the states T x hidden out; gradients go back through all steps.
 *
 * <p>A bidirectional layer also goes through the sequence from its end, with weights of its own, whose names end with
 * {@code _reverse}. Both states of a position stand side by side, that from the front first: T x 2 hidden. As in PyTorch
 * they belong to the same position: in the last one, the state from the front has seen the whole sequence, that from the
 * end this position alone, which has the whole sequence in the first.
 *
 * <pre>
 * rnn    h = tanh(x Wih^T + bih + h' Whh^T + bhh)
 * lstm   gates i, f, g, o of the same sum;  c = f c' + i g,  h = o tanh(c)
 * gru    gates r, z of the same sum, n = tanh(x Win^T + bin + r (h' Whn^T + bhn));  h = (1 - z) n + z h'
 * </pre>
 *
 * @param cell which
 * @param hidden values of the state
 * @param bias whether the sums over inputs and state have one each
 * @param bidirectional whether the sequence is read from its end too; a position that comes out then depends on all
 */
public record Recurrent(Cell cell, int hidden, boolean bias, boolean bidirectional) implements Layer {
    /** What happens in a step. */
    public enum Cell {
        /** {@code h = tanh(W x + U h + b)}. */
        RNN(1),
        /** Cells of long and short memory (Hochreiter and Schmidhuber 1997). */
        LSTM(4),
        /** Gated units (Cho et al. 2014). */
        GRU(3);

        private final int gates;

        Cell(int gates) {
            this.gates = gates;
        }

        /** Sums that a hidden unit has. */
        int gates() {
            return gates;
        }
    }

    private static final List<String> SUFFIXES = List.of("_l0", "_l0_reverse");

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public Recurrent {
        if (hidden < 1) {
            throw new IllegalArgumentException(name(cell) + " hidden: " + hidden + " (expected: 1 or more)");
        }
    }

    /** Of one direction, from the front to the end. */
    public Recurrent(Cell cell, int hidden, boolean bias) {
        this(cell, hidden, bias, false);
    }

    /** With biases and of one direction, from the front to the end. */
    public Recurrent(Cell cell, int hidden) {
        this(cell, hidden, true);
    }

    private int directions() {
        return bidirectional ? 2 : 1;
    }

    /** What the names of the parameters end with, one for each direction. */
    public List<String> suffixes() {
        return SUFFIXES.subList(0, directions());
    }

    private static String name(Cell cell) {
        return cell.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String type() {
        return name(cell);
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("hidden", hidden, "bias", bias, "bidirectional", bidirectional);
    }

    @Override
    public boolean looksAhead() {
        return bidirectional;
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 2) {
            throw new IllegalArgumentException("input shape: " + input
                    + " (expected: positions x values); put an embedding before it or give the model such an input");
        }
        return Shape.of(input.dimension(0), directions() * hidden);
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        int inputs = input.dimension(1);
        int sums = cell.gates() * hidden;
        // all uniform in +-1/sqrt(hidden), as PyTorch has it
        List<ParameterSpec> specs = new ArrayList<>();
        for (String suffix : suffixes()) {
            specs.add(
                    new ParameterSpec("weight_ih" + suffix, Shape.of(sums, inputs), Initializer.PYTORCH, hidden, sums));
            specs.add(
                    new ParameterSpec("weight_hh" + suffix, Shape.of(sums, hidden), Initializer.PYTORCH, hidden, sums));
            if (bias) {
                specs.add(new ParameterSpec("bias_ih" + suffix, Shape.of(sums), Initializer.PYTORCH, hidden, sums));
                specs.add(new ParameterSpec("bias_hh" + suffix, Shape.of(sums), Initializer.PYTORCH, hidden, sums));
            }
        }
        return List.copyOf(specs);
    }

    @Override
    public long multiplications(Shape input) {
        return input.dimension(0) * Layer.super.multiplications(input);
    }

    /**
     * For each of T steps and each direction the sums of G gates, 1, 3 or 4 to a value of the state, over the I inputs and the
     * H values of the state before: {@code T * G H * (I + H)} in each pass. W needs the gradients of all steps, which I leaves.
     */
    @Override
    public Products products(Shape input) {
        long gates = (long) cell.gates() * hidden;
        long step = gates * (input.dimension(1) + hidden);
        return Products.alike(step * directions() * input.dimension(0)).inputFirst();
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        int each = bias ? 4 : 2;
        RecurrentOperator fromFront = direction(input, parameters.subList(0, each), kernels, false);
        return bidirectional
                ? new BothDirections(fromFront, direction(input, parameters.subList(each, 2 * each), kernels, true))
                : fromFront;
    }

    private RecurrentOperator direction(Shape input, List<Parameter> own, Kernels kernels, boolean reversed) {
        Affine fromInput = new Affine(kernels, own.get(0), bias ? own.get(2) : null);
        Affine fromState = new Affine(kernels, own.get(1), bias ? own.get(3) : null);
        return new RecurrentOperator(
                cell, kernels, input.dimension(0), fromInput, fromState, directions() * hidden, reversed);
    }
}
