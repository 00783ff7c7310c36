package millrace.nn.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TensorPoolThreadsTest {
    private static final Shape SHAPE = Shape.of(2, 4);

    private final Arena arena = Arena.ofShared();

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    @Timeout(60)
    void theReceiverOfAMessageMayReleaseOnAnotherThread() throws Exception {
        BlockingQueue<Tensor> mailbox = new ArrayBlockingQueue<>(1);
        int messages = 2_000;
        try (ExecutorService receiver = Executors.newSingleThreadExecutor()) {
            Future<Long> sum = receiver.submit(() -> {
                long total = 0;
                for (int i = 0; i < messages; i++) {
                    Tensor tensor = mailbox.take();
                    total += (long) tensor.getFloat(7);
                    tensor.release();
                }
                return total;
            });
            TensorPool wide = new TensorPool("wide", arena, 8, 3);
            for (int i = 0; i < messages; i++) {
                // one being sent, one in the mailbox, one at the receiver: never a fourth
                Tensor tensor = wide.take(ElementType.F32, SHAPE);
                tensor.setFloat(7, i);
                mailbox.put(tensor);
            }
            assertThat(sum.get()).isEqualTo(messages * (messages - 1L) / 2);
            assertThat(wide.inUse()).isZero();
            assertThat(wide.peak()).isBetween(1, 3);
        }
    }

    @Test
    void severalThreadsMayTakeAndReleaseAtOnce() throws Exception {
        int threads = 4;
        TensorPool busy = new TensorPool("busy", arena, 8, 2 * threads);
        inThreads(threads, () -> {
            for (int i = 0; i < 50_000; i++) {
                Tensor first = busy.take(ElementType.F32, SHAPE);
                Tensor second = busy.take(ElementType.F32, SHAPE);
                first.release();
                second.release();
            }
        });

        assertThat(busy.inUse()).isZero();
        List<Long> addresses = new ArrayList<>();
        for (int i = 0; i < 2 * threads; i++) {
            addresses.add(busy.take(ElementType.F32, SHAPE).memory().address());
        }
        assertThat(addresses).doesNotHaveDuplicates();
    }

    @Test
    void holdsOfSeveralThreadsAreCountedExactly() throws Exception {
        TensorPool pool = new TensorPool("held", arena, 8, 1);
        Tensor tensor = pool.take(ElementType.F32, SHAPE);
        inThreads(4, () -> {
            for (int i = 0; i < 50_000; i++) {
                tensor.retain().release();
            }
        });

        assertThat(pool.inUse()).isEqualTo(1);
        tensor.release();
        assertThat(pool.inUse()).isZero();
    }

    /** Runs the same in all threads, which wait for each other first, and throws what any of them threw. */
    private static void inThreads(int threads, Runnable work) throws Exception {
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Future<?>> done = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            for (int t = 0; t < threads; t++) {
                done.add(executor.submit(() -> {
                    start.await();
                    work.run();
                    return null;
                }));
            }
            for (Future<?> future : done) {
                future.get();
            }
        }
    }
}
