package millrace.nn.layer;

import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import millrace.nn.kernel.Window;
import millrace.nn.tensor.Shape;

/** What layers for images have in common. */
final class ImageShapes {
    private ImageShapes() {}

    /** A number of a window as a run file writes it: one where both directions have the same, otherwise both, down first. */
    static Object both(Window window, ToIntFunction<Window.Edge> number) {
        int down = number.applyAsInt(window.down());
        int across = number.applyAsInt(window.across());
        return down == across ? down : List.of(down, across);
    }

    /** The window of which each list tells one number, down and across. */
    static Window window(List<Integer> size, List<Integer> stride, List<Integer> padding, List<Integer> dilation) {
        List<Window.Edge> edges = IntStream.range(0, 2)
                .mapToObj(i -> new Window.Edge(size.get(i), stride.get(i), padding.get(i), dilation.get(i)))
                .toList();
        return new Window(edges.getFirst(), edges.getLast());
    }

    /** @throws IllegalArgumentException unless a sample is channels x height x width */
    static void check(Shape input) {
        if (input.rank() != 3) {
            throw new IllegalArgumentException("input shape: " + input
                    + " (expected: channels x height x width); give the model such an input, as in [1, 28, 28]");
        }
    }
}
