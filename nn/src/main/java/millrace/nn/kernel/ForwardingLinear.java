package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;

/** Products of a weight matrix that are made in a way of their own in part, and for the rest by others. */
public abstract class ForwardingLinear implements Linear {
    /** What makes all other products. */
    protected final Linear others;

    /**
     * Products over others.
     *
     * @param others what makes everything that is not overridden, closed with this
     */
    protected ForwardingLinear(Linear others) {
        this.others = others;
    }

    @Override
    public void forward(int rows, MemorySegment x, Weight weight, boolean accumulate, MemorySegment y) {
        others.forward(rows, x, weight, accumulate, y);
    }

    @Override
    public void forward(int rows, MemorySegment x, Weight weight, MemorySegment bias, MemorySegment y) {
        others.forward(rows, x, weight, bias, y);
    }

    @Override
    public void backwardInput(int rows, MemorySegment dy, Weight weight, boolean accumulate, MemorySegment dx) {
        others.backwardInput(rows, dy, weight, accumulate, dx);
    }

    @Override
    public void backwardWeight(
            int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate, MemorySegment gradient) {
        others.backwardWeight(rows, x, dy, stride, accumulate, gradient);
    }

    @Override
    public boolean keepsForwardCopy() {
        return others.keepsForwardCopy();
    }

    @Override
    public void finishWeight() {
        others.finishWeight();
    }

    @Override
    public void finishWeight(int out, RowsMade then) {
        others.finishWeight(out, then);
    }

    @Override
    public long gatheredBytes() {
        return others.gatheredBytes();
    }

    @Override
    public void close() {
        others.close();
    }
}
