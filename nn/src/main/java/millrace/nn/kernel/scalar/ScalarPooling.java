package millrace.nn.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.Pooling;
import millrace.nn.kernel.Window;

/** {@link Pooling} by plain loops. Other implementations find a row of largest values faster and share the rest. */
public class ScalarPooling implements Pooling {
    private final int height;
    private final int width;
    private final Window window;

    /**
     * Pooling of that size.
     *
     * @param height of a plane that comes in
     * @param width of a plane that comes in
     * @param window that moves over it
     */
    public ScalarPooling(int height, int width, Window window) {
        this.height = height;
        this.width = width;
        this.window = window;
    }

    private int placesDown() {
        return window.places(height);
    }

    /** Places of the window from left to right. */
    protected final int placesAcross() {
        return window.places(width);
    }

    @Override
    public int places() {
        return placesDown() * placesAcross();
    }

    @Override
    public void largest(MemorySegment x, MemorySegment y, MemorySegment places, long planes) {
        int across = placesAcross();
        for (long plane = 0; plane < planes; plane++) {
            long first = plane * height * width;
            long out = plane * places();
            for (int p = 0; p < placesDown(); p++, out += across) {
                largestOfRow(x, y, places, first, p, out);
            }
        }
    }

    /**
     * The largest values of one row of places.
     *
     * @param plane where the plane begins in x
     * @param p which row of places, from the top
     * @param out where the row begins in y and places
     */
    protected void largestOfRow(MemorySegment x, MemorySegment y, MemorySegment places, long plane, int p, long out) {
        for (int q = 0; q < placesAcross(); q++) {
            int place = largest(x, plane, top(p), top(q));
            places.setAtIndex(JAVA_INT, out + q, place);
            y.setAtIndex(JAVA_FLOAT, out + q, x.getAtIndex(JAVA_FLOAT, plane + place));
        }
    }

    private int largest(MemorySegment x, long plane, int top, int left) {
        int best = -1;
        float largest = Float.NEGATIVE_INFINITY;
        int bottom = Math.min(height, top + window.reach());
        int right = Math.min(width, left + window.reach());
        for (int i = inside(top); i < bottom; i += window.dilation()) {
            for (int j = inside(left); j < right; j += window.dilation()) {
                int place = i * width + j;
                float value = x.getAtIndex(JAVA_FLOAT, plane + place);
                // not a number is passed on, as PyTorch does
                if (best < 0 || value > largest || Float.isNaN(value)) {
                    best = place;
                    largest = value;
                }
            }
        }
        return best;
    }

    @Override
    public void largestBackward(MemorySegment places, MemorySegment dy, MemorySegment dx, long planes) {
        dx.fill((byte) 0);
        for (long plane = 0; plane < planes; plane++) {
            for (long out = plane * places(); out < (plane + 1) * places(); out++) {
                long at = plane * height * width + places.getAtIndex(JAVA_INT, out);
                dx.setAtIndex(JAVA_FLOAT, at, dx.getAtIndex(JAVA_FLOAT, at) + dy.getAtIndex(JAVA_FLOAT, out));
            }
        }
    }

    @Override
    public void average(MemorySegment x, MemorySegment y, long planes) {
        int area = window.size() * window.size();
        for (long plane = 0; plane < planes; plane++) {
            long out = plane * places();
            for (int p = 0; p < placesDown(); p++) {
                for (int q = 0; q < placesAcross(); q++, out++) {
                    double sum = 0;
                    for (int i = inside(top(p));
                            i < Math.min(height, top(p) + window.reach());
                            i += window.dilation()) {
                        for (int j = inside(top(q));
                                j < Math.min(width, top(q) + window.reach());
                                j += window.dilation()) {
                            sum += x.getAtIndex(JAVA_FLOAT, (plane * height + i) * width + j);
                        }
                    }
                    y.setAtIndex(JAVA_FLOAT, out, (float) (sum / area));
                }
            }
        }
    }

    @Override
    public void averageBackward(MemorySegment dy, MemorySegment dx, long planes) {
        float share = 1f / (window.size() * window.size());
        dx.fill((byte) 0);
        for (long plane = 0; plane < planes; plane++) {
            long out = plane * places();
            for (int p = 0; p < placesDown(); p++) {
                for (int q = 0; q < placesAcross(); q++, out++) {
                    float part = dy.getAtIndex(JAVA_FLOAT, out) * share;
                    for (int i = inside(top(p));
                            i < Math.min(height, top(p) + window.reach());
                            i += window.dilation()) {
                        for (int j = inside(top(q));
                                j < Math.min(width, top(q) + window.reach());
                                j += window.dilation()) {
                            long at = (plane * height + i) * width + j;
                            dx.setAtIndex(JAVA_FLOAT, at, dx.getAtIndex(JAVA_FLOAT, at) + part);
                        }
                    }
                }
            }
        }
    }

    /** Where the window begins; before the plane where it is padded. */
    private int top(int place) {
        return place * window.stride() - window.padding();
    }

    /** The first of the window's values that lies on the plane. */
    private int inside(int top) {
        return top >= 0 ? top : top + (-top + window.dilation() - 1) / window.dilation() * window.dilation();
    }
}
