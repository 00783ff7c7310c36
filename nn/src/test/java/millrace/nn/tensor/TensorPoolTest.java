package millrace.nn.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

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

class TensorPoolTest {
    private static final Shape SHAPE = Shape.of(2, 4);

    private final Arena arena = Arena.ofShared();
    private final TensorPool pool = new TensorPool("stage 1 activations", arena, 8, 2);

    @AfterEach
    void close() {
        arena.close();
    }

    private Tensor take() {
        return pool.take(ElementType.F32, SHAPE);
    }

    @Test
    void makesNoBufferBeforeItIsNeeded() {
        assertThat(pool.peak()).isZero();
        assertThat(pool.inUse()).isZero();
        assertThat(pool.name()).isEqualTo("stage 1 activations");
    }

    @Test
    void usesAReleasedBufferAgain() {
        Tensor first = take();
        long address = first.memory().address();
        first.release();
        Tensor second = take();

        assertThat(second.memory().address()).isEqualTo(address);
        assertThat(pool.peak()).isEqualTo(1);
    }

    @Test
    void buffersInUseDoNotOverlap() {
        Tensor first = take();
        Tensor second = take();

        assertThat(first.memory().asOverlappingSlice(second.memory())).isEmpty();
        assertThat(second.memory().address() % Memory.ALIGNMENT).isZero();
    }

    @Test
    void givesSmallerShapesAndOtherTypes() {
        Tensor labels = pool.take(ElementType.I32, Shape.of(3));

        assertThat(labels.type()).isEqualTo(ElementType.I32);
        assertThat(labels.memory().byteSize()).isEqualTo(12);
        labels.release();
        assertThat(take().memory().byteSize()).isEqualTo(32);
        assertThat(pool.peak()).isEqualTo(1);
    }

    @Test
    void refusesMoreThanTheLimit() {
        Tensor first = take();
        Tensor second = take();

        assertThatIllegalStateException()
                .isThrownBy(this::take)
                .withMessage("stage 1 activations: 2 buffers in use (expected: at most 2, the schedule's peak)");
        assertThat(second).isNotSameAs(first);

        first.release();
        assertThat(take().shape()).isEqualTo(SHAPE);
    }

    @Test
    void refusesAShapeThatDoesNotFit() {
        assertThatIllegalStateException()
                .isThrownBy(() -> pool.take(ElementType.F32, Shape.of(3, 3)))
                .withMessage("stage 1 activations: shape 3x3 (expected: at most 8 elements, the pool's buffer size)");
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void countsLeakedBuffers() {
        Tensor kept = take();
        Tensor returned = take();
        returned.release();

        assertThat(pool.inUse()).isEqualTo(1);
        assertThat(pool.peak()).isEqualTo(2);
        kept.release();
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void theLastOfSeveralHoldsGivesTheBufferBack() {
        Tensor tensor = take();
        Tensor kept = tensor.retain();
        tensor.release();
        assertThat(pool.inUse()).isEqualTo(1);

        kept.release();
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void aReshapedTensorSharesTheHolds() {
        Tensor flat = take().reshape(Shape.of(8));
        flat.release();

        assertThat(pool.inUse()).isZero();
    }

    @Test
    void refusesASecondReleaseAndKeepsTheBufferOnce() {
        Tensor tensor = take();
        tensor.release();

        assertThatIllegalStateException()
                .isThrownBy(tensor::release)
                .withMessage("stage 1 activations: buffer released more often than held");
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void aLateSecondReleaseDoesNotTakeTheBufferFromItsNextHolder() {
        Tensor old = take();
        old.release();
        Tensor current = take();

        assertThatIllegalStateException().isThrownBy(old::release);
        assertThat(pool.inUse()).isEqualTo(1);
        current.release();
    }

    @Test
    void refusesToRetainAfterTheLastReleaseAndStaysReleased() {
        Tensor tensor = take();
        tensor.release();

        assertThatIllegalStateException()
                .isThrownBy(tensor::retain)
                .withMessage("stage 1 activations: buffer retained after its last release");
        // a failed retain must not count as a hold: the release that follows would return the buffer twice
        assertThatIllegalStateException().isThrownBy(tensor::release);
        assertThat(pool.inUse()).isZero();
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
        Tensor tensor = take();
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
