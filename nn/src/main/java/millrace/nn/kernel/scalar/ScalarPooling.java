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
    private final Window.Edge down;
    private final Window.Edge across;
    private final int area;

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
        this.down = window.down();
        this.across = window.across();
        this.area = window.area();
    }

    private int placesDown() {
        return down.places(height);
    }

    /** Places of the window from left to right. */
    protected final int placesAcross() {
        return across.places(width);
    }

    @Override
    public int places() {
        return placesDown() * placesAcross();
    }

    @Override
    public void largest(MemorySegment x, MemorySegment y, MemorySegment places, long planes) {
        int columns = placesAcross();
        for (long plane = 0; plane < planes; plane++) {
            long first = plane * height * width;
            long out = plane * places();
            for (int p = 0; p < placesDown(); p++, out += columns) {
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
            int place = largest(x, plane, down.first(p), across.first(q));
            places.setAtIndex(JAVA_INT, out + q, place);
            y.setAtIndex(JAVA_FLOAT, out + q, x.getAtIndex(JAVA_FLOAT, plane + place));
        }
    }

    private int largest(MemorySegment x, long plane, int top, int left) {
        int best = -1;
        float largest = Float.NEGATIVE_INFINITY;
        int bottom = Math.min(height, top + down.reach());
        int right = Math.min(width, left + across.reach());
        for (int i = inside(top, down); i < bottom; i += down.dilation()) {
            for (int j = inside(left, across); j < right; j += across.dilation()) {
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
        for (long plane = 0; plane < planes; plane++) {
            long out = plane * places();
            for (int p = 0; p < placesDown(); p++) {
                int top = down.first(p);
                int bottom = Math.min(height, top + down.reach());
                for (int q = 0; q < placesAcross(); q++, out++) {
                    int left = across.first(q);
                    int right = Math.min(width, left + across.reach());
                    double sum = 0;
                    for (int i = inside(top, down); i < bottom; i += down.dilation()) {
                        for (int j = inside(left, across); j < right; j += across.dilation()) {
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
        float share = 1f / area;
        dx.fill((byte) 0);
        for (long plane = 0; plane < planes; plane++) {
            long out = plane * places();
            for (int p = 0; p < placesDown(); p++) {
                int top = down.first(p);
                int bottom = Math.min(height, top + down.reach());
                for (int q = 0; q < placesAcross(); q++, out++) {
                    int left = across.first(q);
                    int right = Math.min(width, left + across.reach());
                    float part = dy.getAtIndex(JAVA_FLOAT, out) * share;
                    for (int i = inside(top, down); i < bottom; i += down.dilation()) {
                        for (int j = inside(left, across); j < right; j += across.dilation()) {
                            long at = (plane * height + i) * width + j;
                            dx.setAtIndex(JAVA_FLOAT, at, dx.getAtIndex(JAVA_FLOAT, at) + part);
                        }
                    }
                }
            }
        }
    }

    /** The first of the window's values that lies on the plane. */
    private static int inside(int first, Window.Edge edge) {
        return first >= 0 ? first : first + (-first + edge.dilation() - 1) / edge.dilation() * edge.dilation();
    }
}
