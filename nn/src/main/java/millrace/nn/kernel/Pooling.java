package millrace.nn.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/**
 * Pooling of images: a window over each plane of height x width, planes one after the other. The same for all
 * kernels; plain loops, but for the most usual window.
 *
 * @param height of a plane that comes in
 * @param width of a plane that comes in
 * @param window that moves over it
 */
public record Pooling(int height, int width, Window window) {
    private int placesDown() {
        return window.places(height);
    }

    private int placesAcross() {
        return window.places(width);
    }

    /** Values of a plane that goes out. */
    public int places() {
        return placesDown() * placesAcross();
    }

    /**
     * The largest value under the window: the first of equal ones, the last that is not a number if any is.
     *
     * @param places filled with where each was, an integer within the plane
     */
    public void largest(MemorySegment x, MemorySegment y, MemorySegment places, long planes) {
        int across = placesAcross();
        boolean isVector = window.equals(new Window(2, 2, 0, 1)) && across >= VectorPooling.LANES;
        for (long plane = 0; plane < planes; plane++) {
            long first = plane * height * width;
            long out = plane * places();
            for (int p = 0; p < placesDown(); p++, out += across) {
                if (isVector) {
                    VectorPooling.largest(x, y, places, first, 2 * p * width, width, out, across);
                } else {
                    largest(x, y, places, first, p, out);
                }
            }
        }
    }

    /** One row of places. */
    private void largest(MemorySegment x, MemorySegment y, MemorySegment places, long plane, int p, long out) {
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

    /** The gradient with respect to x. */
    public void largestBackward(MemorySegment places, MemorySegment dy, MemorySegment dx, long planes) {
        dx.fill((byte) 0);
        for (long plane = 0; plane < planes; plane++) {
            for (long out = plane * places(); out < (plane + 1) * places(); out++) {
                long at = plane * height * width + places.getAtIndex(JAVA_INT, out);
                dx.setAtIndex(JAVA_FLOAT, at, dx.getAtIndex(JAVA_FLOAT, at) + dy.getAtIndex(JAVA_FLOAT, out));
            }
        }
    }

    /** The sum under the window, over zeros at the edge, divided by the window's size. */
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

    /** The gradient with respect to x. */
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
