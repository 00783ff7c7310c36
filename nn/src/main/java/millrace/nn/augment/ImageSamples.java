package millrace.nn.augment;

import millrace.nn.tensor.Shape;

/** What augmentations of images have in common. */
final class ImageSamples {
    private ImageSamples() {}

    /** @throws IllegalArgumentException when samples are no images */
    static void check(String name, Shape sample) {
        if (sample.rank() != 3) {
            throw new IllegalArgumentException(name + ": samples of " + sample
                    + " (expected: images, channels x height x width); give the model such an input, as in"
                    + " model.input = [1, 28, 28], and a flatten layer where it needs rows");
        }
    }
}
