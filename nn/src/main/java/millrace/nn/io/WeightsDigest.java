package millrace.nn.io;

import java.security.MessageDigest;
import java.util.SequencedCollection;
import java.util.stream.Stream;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Tensor;

/**
 * The command line's {@code weights_sha256}: one SHA-256 over the elements of all parameters, as little-endian float32,
 * without names, shapes or padding between them. Two runs that agree in it agree in every bit of every weight.
 */
public final class WeightsDigest {
    private WeightsDigest() {}

    /**
     * The digest of weights.
     *
     * @param parameters F32, packed, in PyTorch's shapes (Linear: out x in); in layer order, weight before bias
     * @return 64 hexadecimal digits in lower case
     * @throws IllegalArgumentException on a tensor of integers
     */
    public static String of(SequencedCollection<Tensor> parameters) {
        return of(parameters.stream());
    }

    /**
     * Like {@link #of(SequencedCollection)}, but each tensor is taken when the one before is done with: a stream may
     * pack one parameter after the other into the same buffer.
     */
    public static String of(Stream<Tensor> parameters) {
        return of(parameters, Pieces.LARGEST);
    }

    /** @param largest bytes that are fed at once, smaller in tests */
    static String of(Stream<Tensor> parameters, long largest) {
        MessageDigest digest = Sha256.digest();
        parameters.sequential().forEachOrdered(parameter -> feed(digest, parameter, largest));
        return Sha256.text(digest);
    }

    private static void feed(MessageDigest digest, Tensor parameter, long largest) {
        if (parameter.type() != ElementType.F32) {
            throw new IllegalArgumentException("parameter: " + parameter + " (expected: F32); pass weights only");
        }
        Pieces.of(parameter.memory(), largest).forEach(digest::update);
    }
}
