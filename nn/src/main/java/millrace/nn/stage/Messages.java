package millrace.nn.stage;

import java.util.Set;
import millrace.nn.kernel.Precision;
import millrace.nn.tensor.ElementType;

/**
 * What stages send each other, seen by a run of layers. What is rounded on its way must be rounded in a reference too: a run
 * that stands for a whole line passes it on, where the line is cut, as if by a message.
 *
 * @param precision of activations and error deltas on their way
 * @param cuts layers within the run before which the line is cut
 */
record Messages(Precision precision, Set<Integer> cuts) {
    /** Tensors as they are, which may be handed on without a copy. */
    static final Messages PLAIN = new Messages(Precision.F32, Set.of());

    Messages {
        cuts = Set.copyOf(cuts);
    }

    /** What a message's elements are. */
    ElementType type() {
        return switch (precision) {
            case F32 -> ElementType.F32;
            case BF16 -> ElementType.BF16;
        };
    }

    /** Whether what the line passes on at its cuts is other numbers than what it has been given. */
    boolean round() {
        return precision != Precision.F32;
    }
}
