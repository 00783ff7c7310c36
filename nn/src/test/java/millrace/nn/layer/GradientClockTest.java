package millrace.nn.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.Linear;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;

class GradientClockTest {
    private static final long SPIN = 200_000;

    private final GradientClock clock = new GradientClock();

    private static void spin() {
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < SPIN) {
            Thread.onSpinWait();
        }
    }

    /** Products that have been put off. */
    private static final class Spinning implements Linear {
        @Override
        public void forward(int rows, MemorySegment x, Weight weight, boolean accumulate, MemorySegment y) {}

        @Override
        public void forward(int rows, MemorySegment x, Weight weight, MemorySegment bias, MemorySegment y) {}

        @Override
        public void backwardInput(int rows, MemorySegment dy, Weight weight, boolean accumulate, MemorySegment dx) {}

        @Override
        public void backwardWeight(
                int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate, MemorySegment gradient) {}

        @Override
        public void finishWeight() {
            spin();
        }
    }

    @Test
    void standsStillUntilItIsStarted() {
        clock.enter();
        spin();
        clock.leave();

        assertThat(clock.nanos()).isZero();
    }

    @Test
    void countsWhatIsWithinOnce() {
        clock.start();
        long begin = System.nanoTime();
        clock.enter();
        spin();
        clock.enter();
        spin();
        clock.leave();
        clock.leave();
        long all = System.nanoTime() - begin;

        assertThat(clock.nanos()).isBetween(2 * SPIN, all);
    }

    /** Whoever reads the gradient waits for what was put off: that time is the gradient's. */
    @Test
    void countsWhatWasPutOff() {
        clock.start();
        try (Arena arena = Arena.ofConfined()) {
            Parameter weight = new Parameter(
                    arena, 0, 0, new ParameterSpec("weight", Shape.of(2, 3), Initializer.PYTORCH, 3, 2), 1);
            weight.timedBy(clock);
            weight.completeBy(new Spinning());

            weight.gradientMemory();
            assertThat(clock.nanos()).isZero();
            weight.gradient();
            assertThat(clock.nanos()).isGreaterThanOrEqualTo(SPIN);
        }
    }
}
