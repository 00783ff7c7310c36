package millrace.nn.stage;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import millrace.nn.kernel.Kernels;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;

/**
 * How the tensors at one edge of a stage travel as one message. Within a skip connection there are several (the one that
 * goes on, and those that are kept for later): the message then has all rows of the first, all rows of the second, and so
 * on. One float32 tensor alone travels as it is. A message of bfloat16 is made of float32 tensors by rounding, and made into
 * such a tensor where it arrives.
 *
 * @param shapes of one sample of each, the one that goes on first
 * @param type of the message's elements: F32 or BF16
 * @param kernels that round
 */
record MessageLayout(List<Shape> shapes, ElementType type, Kernels kernels) {
    /** The shape of one sample of the message. */
    Shape message() {
        if (shapes.size() == 1) {
            return shapes.getFirst();
        }
        return Shape.of(Math.toIntExact(shapes.stream().mapToLong(Shape::size).sum()));
    }

    /**
     * The parts of a message that has arrived, with a hold each.
     *
     * @param pool where the float32 numbers of a message of others go
     * @param message one hold is taken over
     * @throws IllegalStateException when it is of bfloat16 and should not be, or the other way round
     */
    Deque<Tensor> apart(TensorPool pool, Tensor message) {
        boolean rounded = type == ElementType.BF16;
        if (rounded != (message.type() == ElementType.BF16)) {
            throw new IllegalStateException("message: " + message + " (expected: elements of " + type + ")");
        }
        Tensor values = message;
        if (rounded) {
            values = pool.take(ElementType.F32, message.shape());
            kernels.fromBfloat16(
                    message.memory(), values.memory(), message.shape().size());
            message.release();
        }
        Deque<Tensor> parts = new ArrayDeque<>();
        if (shapes.size() == 1) {
            parts.add(values);
            return parts;
        }
        long offset = 0;
        for (Shape shape : shapes) {
            Shape batched = shape.batched(values.rows());
            parts.add(values.retain().part(offset, batched));
            offset += batched.size();
        }
        values.release();
        return parts;
    }

    /**
     * One message of what goes on and what is kept.
     *
     * @param pool where a message comes from that is not a tensor as it is
     * @param current one hold is taken over
     * @param kept with a hold each, which are taken over
     */
    Tensor together(TensorPool pool, Tensor current, Deque<Tensor> kept) {
        if (kept.isEmpty() && type == ElementType.F32) {
            return current;
        }
        Tensor message = pool.take(type, message().batched(current.rows()));
        kept.push(current);
        long offset = 0;
        for (Tensor part : kept) {
            put(part, message, offset);
            offset += part.shape().size();
            part.release();
        }
        kept.clear();
        return message;
    }

    private void put(Tensor part, Tensor message, long offset) {
        MemorySegment to = message.part(offset, part.shape()).memory();
        if (type == ElementType.BF16) {
            kernels.toBfloat16(part.memory(), to, part.shape().size());
        } else {
            to.copyFrom(part.memory());
        }
    }
}
