package millrace.nn.layer;

import millrace.nn.tensor.Shape;

/** What layers for images have in common. */
final class ImageShapes {
    private ImageShapes() {}

    /** @throws IllegalArgumentException unless a sample is channels x height x width */
    static void check(Shape input) {
        if (input.rank() != 3) {
            throw new IllegalArgumentException("input shape: " + input
                    + " (expected: channels x height x width); give the model such an input, as in [1, 28, 28]");
        }
    }
}
