package millrace.nn.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.Convolution;
import millrace.nn.kernel.Window;
import org.jspecify.annotations.Nullable;

/** The reference: the sums as they are defined, in double precision. It also runs where oneDNN has no library. */
public final class ScalarConvolution implements Convolution {
    private final Sizes sizes;
    private final Window.Edge down;
    private final Window.Edge across;
    private final int channelsOfGroup;
    private final int outputsOfGroup;
    private final int outputHeight;
    private final int outputWidth;

    /** A convolution of that size. */
    public ScalarConvolution(Sizes sizes) {
        this.sizes = sizes;
        this.down = sizes.window().down();
        this.across = sizes.window().across();
        this.channelsOfGroup = sizes.channels() / sizes.groups();
        this.outputsOfGroup = sizes.outputs() / sizes.groups();
        this.outputHeight = sizes.outputHeight();
        this.outputWidth = sizes.outputWidth();
    }

    /** What happens for each pair of a value of the input and a weight that meet in a value of the output. */
    private interface Meeting {
        void at(long input, long weight, long output);
    }

    private void forEach(int rows, Meeting meeting) {
        for (int r = 0; r < rows; r++) {
            for (int o = 0; o < sizes.outputs(); o++) {
                for (int p = 0; p < outputHeight; p++) {
                    for (int q = 0; q < outputWidth; q++) {
                        long output = (((long) r * sizes.outputs() + o) * outputHeight + p) * outputWidth + q;
                        meet(r, o, p, q, output, meeting);
                    }
                }
            }
        }
    }

    private void meet(int row, int output, int p, int q, long at, Meeting meeting) {
        int firstChannel = output / outputsOfGroup * channelsOfGroup;
        for (int c = 0; c < channelsOfGroup; c++) {
            for (int i = 0; i < down.size(); i++) {
                int y = down.first(p) + i * down.dilation();
                for (int j = 0; j < across.size(); j++) {
                    int x = across.first(q) + j * across.dilation();
                    if (y >= 0 && y < sizes.height() && x >= 0 && x < sizes.width()) {
                        long channel = (long) row * sizes.channels() + firstChannel + c;
                        long input = (channel * sizes.height() + y) * sizes.width() + x;
                        long weight = ((long) c * down.size() + i) * across.size() + j;
                        meeting.at(input, output * sizes.filterStride() + weight, at);
                    }
                }
            }
        }
    }

    @Override
    public void forward(
            int rows, MemorySegment x, MemorySegment filters, @Nullable MemorySegment bias, MemorySegment y) {
        double[] sums = new double[Math.toIntExact(rows * sizes.outputSize())];
        forEach(rows, (input, weight, output) -> sums[(int) output] += (double) get(x, input) * get(filters, weight));
        long plane = (long) outputHeight * outputWidth;
        for (int i = 0; i < sums.length; i++) {
            double shift = bias == null ? 0 : get(bias, i / plane % sizes.outputs());
            set(y, i, sums[i] + shift);
        }
    }

    @Override
    public void backwardInput(int rows, MemorySegment dy, MemorySegment filters, MemorySegment dx) {
        double[] sums = new double[Math.toIntExact(rows * sizes.inputSize())];
        forEach(rows, (input, weight, output) -> sums[(int) input] += (double) get(dy, output) * get(filters, weight));
        for (int i = 0; i < sums.length; i++) {
            set(dx, i, sums[i]);
        }
    }

    @Override
    public void backwardWeight(
            int rows, MemorySegment x, MemorySegment dy, boolean accumulate, MemorySegment gradient) {
        double[] sums = new double[Math.toIntExact(sizes.outputs() * sizes.filterStride())];
        forEach(rows, (input, weight, output) -> sums[(int) weight] += (double) get(x, input) * get(dy, output));
        for (int i = 0; i < sums.length; i++) {
            set(gradient, i, sums[i] + (accumulate ? get(gradient, i) : 0));
        }
    }

    private static float get(MemorySegment memory, long index) {
        return memory.getAtIndex(JAVA_FLOAT, index);
    }

    private static void set(MemorySegment memory, long index, double value) {
        memory.setAtIndex(JAVA_FLOAT, index, (float) value);
    }
}
