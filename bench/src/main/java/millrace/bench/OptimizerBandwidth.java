package millrace.bench;

import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import millrace.nn.backend.Backend;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.UpdateRule;
import millrace.nn.tensor.Memory;

/**
 * How fast optimizers go over their memory, beside STREAM's triad {@code a = b + s * c} (McCalpin): bytes that are read and
 * written in a second, the best of some rounds, as STREAM counts. The triad is the step of SGD into other memory than that of
 * the weights. Such memory is read before it is written, which is not counted; C has stores that leave that out, Java has not.
 * Steps in place write only what they have read, so they may come out above the triad.
 */
public final class OptimizerBandwidth {
    private static final int FLOATS = 16 << 20;
    private static final int ROUNDS = 12;
    private static final int MEMORIES = 6;
    private static final String TRIAD = "triad";

    /**
     * What is measured.
     *
     * @param passes over a parameter's memory, those that read and those that write
     * @param inPlace whether new weights go where the old ones are
     */
    private record Pass(UpdateRule rule, int passes, boolean inPlace) {}

    private OptimizerBandwidth() {}

    public static void main(String[] arguments) throws Exception {
        PrintStream out = System.out;
        Map<String, Pass> passes = passes();
        for (int threads = 1; threads <= Math.min(2, Runtime.getRuntime().availableProcessors()); threads++) {
            Map<String, Double> found = measure(passes, threads);
            double triad = found.getOrDefault(TRIAD, 0.0);
            int all = threads;
            found.forEach((name, bandwidth) -> out.printf(
                    Locale.ROOT,
                    "{\"threads\":%d,\"pass\":\"%s\",\"gb_per_s\":%.1f,\"of_triad\":%.2f}%n",
                    all,
                    name,
                    bandwidth,
                    bandwidth / triad));
        }
    }

    private static Map<String, Pass> passes() {
        Map<String, Pass> passes = new LinkedHashMap<>();
        UpdateRule.Sgd plain = new UpdateRule.Sgd(1e-6f, 0, false, 0);
        passes.put(TRIAD, new Pass(plain, 3, false));
        passes.put("sgd", new Pass(plain, 3, true));
        passes.put("sgd with momentum", new Pass(new UpdateRule.Sgd(1e-6f, 0.9f, false, 0), 5, true));
        passes.put("sgd nesterov, decay", new Pass(new UpdateRule.Sgd(1e-6f, 0.9f, true, 1e-4f), 5, true));
        passes.put("adam", new Pass(adam(1, false), 7, true));
        passes.put("adamw", new Pass(adam(0.9999f, false), 7, true));
        passes.put("adam amsgrad", new Pass(adam(1, true), 9, true));
        passes.put("nadam", new Pass(new UpdateRule.NAdam(1e-6f, 1e-6f, 0.9, 0.999, 1e-8f, 1, 0, 1), 7, true));
        passes.put("rmsprop", new Pass(new UpdateRule.RmsProp(1e-6f, 0.99, 1e-8f, 0, 0), 5, true));
        passes.put("rmsprop with momentum", new Pass(new UpdateRule.RmsProp(1e-6f, 0.99, 1e-8f, 0, 0.9f), 7, true));
        passes.put(
                "rmsprop centred, momentum",
                new Pass(new UpdateRule.RmsProp(1e-6f, 0.99, 1e-8f, 0, 0.9f, true), 9, true));
        passes.put("adagrad", new Pass(new UpdateRule.Adagrad(1e-6f, 1e-10f, 0), 5, true));
        return passes;
    }

    private static UpdateRule adam(float shrink, boolean amsgrad) {
        return new UpdateRule.Adam(1e-6f, 0.9, 0.999, 1e-8f, 1, 0, shrink, amsgrad);
    }

    /** 10^9 bytes a second of all threads together, which begin a pass at the same time; it takes as long as the slowest. */
    private static Map<String, Double> measure(Map<String, Pass> passes, int threads) throws Exception {
        List<Map<String, long[]>> nanos = new ArrayList<>();
        CyclicBarrier barrier = new CyclicBarrier(threads);
        try (ExecutorService pool = Executors.newFixedThreadPool(threads);
                Arena arena = Arena.ofShared()) {
            List<Future<Map<String, long[]>>> ends = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                ends.add(pool.submit(() -> run(passes, arena, barrier)));
            }
            for (Future<Map<String, long[]>> end : ends) {
                nanos.add(end.get());
            }
        }
        Map<String, Double> best = new LinkedHashMap<>();
        passes.forEach((name, pass) -> {
            double bytes = (double) FLOATS * Float.BYTES * pass.passes() * threads;
            for (int round = 0; round < ROUNDS; round++) {
                long slowest = 0;
                for (Map<String, long[]> ofThread : nanos) {
                    slowest = Math.max(slowest, ofThread.getOrDefault(name, new long[ROUNDS])[round]);
                }
                best.merge(name, bytes / slowest, Math::max);
            }
        });
        return best;
    }

    /** Nanoseconds of each round. */
    private static Map<String, long[]> run(Map<String, Pass> passes, Arena arena, CyclicBarrier barrier)
            throws Exception {
        Kernels kernels = Backend.fast().float32();
        List<MemorySegment> memories = new ArrayList<>();
        for (int i = 0; i < MEMORIES; i++) {
            memories.add(Memory.allocate(arena, FLOATS));
        }
        Map<String, long[]> nanos = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (Map.Entry<String, Pass> entry : passes.entrySet()) {
                Pass pass = entry.getValue();
                int _ = barrier.await();
                long begin = System.nanoTime();
                kernels.update(
                        pass.rule(),
                        GradientShaping.NONE,
                        memories.get(0),
                        memories.get(pass.inPlace() ? 0 : MEMORIES - 1),
                        memories.get(1),
                        memories.get(2),
                        memories.get(3),
                        memories.get(4),
                        FLOATS);
                nanos.computeIfAbsent(entry.getKey(), name -> new long[ROUNDS])[round] = System.nanoTime() - begin;
            }
        }
        return nanos;
    }
}
