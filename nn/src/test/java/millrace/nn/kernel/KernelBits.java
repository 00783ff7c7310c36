package millrace.nn.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.function.BiConsumer;
import millrace.nn.backend.Backend;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.RecurrentKernels.Rows;
import millrace.nn.kernel.scalar.ScalarKernels;

/**
 * Every kernel on fixed input, each result as one number that changes with any bit of it. As a program it prints them,
 * so that a test can compare a virtual machine that interprets with one that compiles.
 */
final class KernelBits {
    private static final int ROWS = 3;
    private static final int COLUMNS = 37;
    private static final int ELEMENTS = ROWS * COLUMNS;
    private static final int PADDED = 112;
    // many short rows, because another order of a sum shows in some rows only
    private static final int SOFTMAX_ROWS = 14;
    private static final int SOFTMAX_COLUMNS = 8;

    private final MemorySegment x;
    private final MemorySegment dy;
    private final MemorySegment out;
    private final MemorySegment state1;
    private final MemorySegment state2;
    private final SequencedMap<String, BiConsumer<Kernels, MemorySegment>> calls = new LinkedHashMap<>();

    KernelBits(Arena arena) {
        Random random = new Random(1);
        x = RandomInput.memory(arena, RandomInput.floats(random, PADDED, 4));
        dy = RandomInput.memory(arena, RandomInput.floats(random, PADDED, 1));
        out = RandomInput.memory(arena, new float[PADDED]);
        state1 = RandomInput.memory(arena, new float[PADDED]);
        state2 = RandomInput.memory(arena, new float[PADDED]);
        MemorySegment probabilities = RandomInput.memory(arena, new float[PADDED]);
        new ScalarKernels().softmax(x, probabilities, SOFTMAX_ROWS, SOFTMAX_COLUMNS);

        for (int i = 0; i < 4; i++) {
            boolean transposeA = (i & 1) != 0;
            boolean transposeB = (i & 2) != 0;
            calls.put(
                    "gemm " + transposeA + " " + transposeB,
                    (k, y) -> k.gemm(transposeA, transposeB, 3, 5, 7, x, 7, dy, 7, true, y, 5));
        }
        calls.put("bias", (k, y) -> k.addBias(y, ROWS, COLUMNS, dy));
        calls.put("column sums", (k, y) -> k.columnSums(x, ROWS, COLUMNS, true, y));
        for (Activation f : new Activation[] {
            Activation.RELU,
            Activation.leakyRelu(0.01f),
            Activation.SIGMOID,
            Activation.TANH,
            Activation.GELU,
            Activation.SILU,
            Activation.elu(0.7f)
        }) {
            calls.put(f.toString(), (k, y) -> k.activate(f, x, y, ELEMENTS));
            calls.put(f + " backward", (k, y) -> k.activateBackward(f, x, dy, y, ELEMENTS));
        }
        calls.put("softmax", (k, y) -> k.softmax(x, y, SOFTMAX_ROWS, SOFTMAX_COLUMNS));
        calls.put("softmax backward", (k, y) -> k.softmaxBackward(probabilities, dy, y, SOFTMAX_ROWS, SOFTMAX_COLUMNS));
        calls.put("sum", (k, y) -> k.add(x, dy, y, ELEMENTS));
        calls.put("plane sums", (k, y) -> k.planeSums(x, 2, 5, 11, true, y));
        norms();
        recurrent();
        GradientShaping shaping = new GradientShaping(0.1f, 0.2f, 0.9f);
        for (UpdateRule rule : UpdateRulesTest.rules()) {
            calls.put(rule.toString(), (k, y) -> k.update(rule, shaping, y, dy, state1, state2, ELEMENTS));
        }
    }

    private void norms() {
        calls.put("layer norm", (k, y) -> k.norms().layerNorm(x, dy, dy, y, state1, ROWS, COLUMNS, 1e-5f));
        calls.put("layer norm backward", (k, y) -> k.norms().layerNormBackward(x, dy, dy, dy, y, ROWS, COLUMNS));
        calls.put("layer norm gradients", (k, y) -> k.norms().layerNormGradients(x, dy, dy, y, state1, ROWS, COLUMNS));
        calls.put("causal softmax", (k, y) -> k.norms().maskedSoftmax(y, 6, 16, 3, 1, 0.5f));
        calls.put("causal softmax backward", (k, y) -> k.norms().maskedSoftmaxBackward(dy, y, 6, 16, 3, 1, 0.5f));
    }

    private void recurrent() {
        // rows of 7 and of 9: whole vectors and a rest, whatever their width
        calls.put("lstm", (k, y) -> k.recurrent().lstm(y, MemorySegment.NULL, dy, state1, state2, 3, 9));
        calls.put("lstm with a bias", (k, y) -> k.recurrent().lstm(y, x, dy, state1, state2, 3, 9));
        calls.put("lstm backward", (k, y) -> {
            // it writes to the cell, and x is for the next call as well
            state1.copyFrom(x);
            k.recurrent().lstmBackward(y, dy, state1, x, new Rows(dy, 0, 7), state2, 4, 7);
        });
        calls.put("gru", (k, y) -> k.recurrent().gru(y, x, dy, state1, 4, 9));
        calls.put("gru backward", (k, y) -> k.recurrent().gruBackward(y, state1, dy, state2, 4, 9));
    }

    /** Calls each kernel {@code times} times, always from the same state: the bits of the last results. */
    SequencedMap<String, Long> run(Kernels kernels, int times) {
        SequencedMap<String, Long> bits = new LinkedHashMap<>();
        for (Map.Entry<String, BiConsumer<Kernels, MemorySegment>> call : calls.entrySet()) {
            // the fallback differs in its products only
            boolean skipped =
                    !kernels.equals(Backend.fast().float32()) && !call.getKey().startsWith("gemm");
            for (int i = 0; i < times && !skipped; i++) {
                out.copyFrom(x);
                state1.fill((byte) 0);
                state2.fill((byte) 0);
                call.getValue().accept(kernels, out);
            }
            bits.put(call.getKey(), skipped ? 0 : 31 * (31 * hash(out) + hash(state1)) + hash(state2));
        }
        return bits;
    }

    private static long hash(MemorySegment memory) {
        long hash = 1;
        for (int word : memory.toArray(JAVA_INT)) {
            hash = 31 * hash + word;
        }
        return hash;
    }

    /** Prints the bits of each kernel's first call; with an argument, of the fallback's products. */
    public static void main(String[] args) {
        Kernels kernels = (args.length > 0 ? Backend.vector() : Backend.fast()).float32();
        try (Arena arena = Arena.ofConfined()) {
            new KernelBits(arena).run(kernels, 1).forEach((name, bits) -> System.out.println(name + " = " + bits));
        }
    }
}
