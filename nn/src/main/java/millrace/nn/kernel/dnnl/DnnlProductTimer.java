package millrace.nn.kernel.dnnl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import millrace.nn.choice.Choice;
import millrace.nn.choice.Choice.Form;
import millrace.nn.choice.KernelTable;
import millrace.nn.choice.KernelTable.Size;
import millrace.nn.choice.Processor;
import millrace.nn.choice.ProcessorModel;
import millrace.nn.choice.ProductTimer;
import millrace.nn.choice.ProductTimes;
import millrace.nn.kernel.Linear;
import millrace.nn.tensor.Memory;

/**
 * Times the products of a weight matrix in all their forms. The calls go around several matrices, as they do in a network of
 * several layers, so that no weights are in the core's cache when they are multiplied. All forms are timed in turn, several
 * times over, and the medians count: what else the machine does then disturbs all of them, and none of them much.
 */
record DnnlProductTimer(DnnlKernels kernels, OneDnn library, KernelTable.Usual usual) implements ProductTimer {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int ROUNDS = 25;
    private static final long NANOS_OF_A_ROUND = 2_000_000;
    // more than a core has of its own, of each of weights, copies and gradients
    private static final long BYTES_AROUND = 32L << 20;
    private static final int MOST_MATRICES = 8;

    @Override
    public Processor processor() {
        DnnlApi api = library.primitives();
        return new Processor(ProcessorModel.name(), api.instructions(), "oneDNN " + api.version());
    }

    @Override
    public ProductTimes measure(Size size) {
        try (Arena arena = Arena.ofConfined()) {
            Candidates candidates = new Candidates(kernels, arena, size);
            try {
                double[] micros = medians(candidates.all(), candidates.count);
                return new ProductTimes(forms(micros, 0), forms(micros, 4), micros[8]);
            } finally {
                candidates.close();
            }
        }
    }

    private static ProductTimes.OfForms forms(double[] micros, int first) {
        double packed = micros[first + 2];
        return new ProductTimes.OfForms(
                micros[first], micros[first + 1], packed, Math.max(0, micros[first + 3] - packed));
    }

    private static double[] medians(List<IntConsumer> candidates, int around) {
        double[][] found = new double[candidates.size()][ROUNDS];
        int[] calls = new int[candidates.size()];
        for (int c = 0; c < calls.length; c++) {
            // the first calls make primitives, and the code is compiled
            time(candidates.get(c), 2 * around);
            double nanos = time(candidates.get(c), around);
            calls[c] = (int) Math.max(around, Math.min(1 << 16, NANOS_OF_A_ROUND / nanos));
        }
        for (int round = 0; round < ROUNDS; round++) {
            for (int c = 0; c < calls.length; c++) {
                found[c][round] = time(candidates.get(c), calls[c]);
            }
        }
        return Arrays.stream(found)
                .mapToDouble(times -> {
                    Arrays.sort(times);
                    // two decimals, as the text of a table has them, and never nothing
                    return Math.max(0.01, Math.round(times[ROUNDS / 2] / 10) / 100.0);
                })
                .toArray();
    }

    /** Nanoseconds of a call, without those in which the thread had to wait for the core. */
    private static double time(IntConsumer candidate, int calls) {
        long begin = now();
        for (int i = 0; i < calls; i++) {
            candidate.accept(i);
        }
        return (double) (now() - begin) / calls;
    }

    private static long now() {
        return THREADS.isCurrentThreadCpuTimeSupported() ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
    }

    /** Matrices with their products in each form. */
    private static final class Candidates {
        private final int rows;
        private final int out;
        private final int count;
        private final MemorySegment inputs;
        private final MemorySegment deltas;
        private final List<MemorySegment> weights = new ArrayList<>();
        private final List<MemorySegment> gradients = new ArrayList<>();
        private final List<Linear> plain = new ArrayList<>();
        private final List<Linear> primitive = new ArrayList<>();
        private final List<Linear> packed = new ArrayList<>();
        // of the copies for the forward, and of those for backward-input
        private final long[] forForward = new long[MOST_MATRICES];
        private final long[] forInput = new long[MOST_MATRICES];

        Candidates(DnnlKernels kernels, Arena arena, Size size) {
            this.rows = size.rows();
            this.out = size.out();
            long stride = Linear.stride(size.in(), size.padded());
            long floats = stride * out;
            this.count = Math.clamp(BYTES_AROUND / (floats * Float.BYTES), 2, MOST_MATRICES);
            this.inputs = Memory.allocate(arena, (long) rows * size.in());
            this.deltas = Memory.allocate(arena, (long) rows * out);
            Linear.Sizes sizes = new Linear.Sizes(size.in(), out, stride);
            for (int i = 0; i < count; i++) {
                weights.add(Memory.allocate(arena, floats));
                gradients.add(Memory.allocate(arena, floats));
                plain.add(kernels.linear(sizes, both(Form.PLAIN, size)));
                primitive.add(kernels.linear(sizes, both(Form.PRIMITIVE, size)));
                packed.add(kernels.linear(sizes, both(Form.PACKED, size)));
            }
        }

        private static Choice both(Form form, Size size) {
            return new Choice(form, form, size.padded());
        }

        /** A matrix as it was packed last. */
        private Linear.Weight same(int i, long[] versions) {
            return new Linear.Weight(weights.get(i % count), versions[i % count]);
        }

        /** A matrix that has changed since. */
        private Linear.Weight other(int i, long[] versions) {
            versions[i % count]++;
            return same(i, versions);
        }

        /** In the order of {@link ProductTimes}, what packs together with its product. */
        List<IntConsumer> all() {
            // an input is overwritten by each backward-input, a delta by each forward: their sizes fit
            return List.of(
                    i -> plain.get(i % count).forward(rows, inputs, same(i, forForward), false, deltas),
                    i -> primitive.get(i % count).forward(rows, inputs, same(i, forForward), false, deltas),
                    i -> packed.get(i % count).forward(rows, inputs, same(i, forForward), false, deltas),
                    i -> packed.get(i % count).forward(rows, inputs, other(i, forForward), false, deltas),
                    i -> plain.get(i % count).backwardInput(rows, deltas, same(i, forInput), false, inputs),
                    i -> primitive.get(i % count).backwardInput(rows, deltas, same(i, forInput), false, inputs),
                    i -> packed.get(i % count).backwardInput(rows, deltas, same(i, forInput), false, inputs),
                    i -> packed.get(i % count).backwardInput(rows, deltas, other(i, forInput), false, inputs),
                    i -> plain.get(i % count)
                            .backwardWeight(rows, inputs, deltas, out, true, gradients.get(i % count)));
        }

        void close() {
            plain.forEach(Linear::close);
            primitive.forEach(Linear::close);
            packed.forEach(Linear::close);
        }
    }
}
