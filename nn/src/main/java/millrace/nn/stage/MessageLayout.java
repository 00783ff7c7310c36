package millrace.nn.stage;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;

/**
 * How the tensors at one edge of a stage travel as one message. Within a skip connection there are several (the one that
 * goes on, and those that are kept for later): the message then has all rows of the first, all rows of the second, and so
 * on. One tensor alone travels as it is.
 *
 * @param shapes of one sample of each, the one that goes on first
 */
record MessageLayout(List<Shape> shapes) {
    /** The shape of one sample of the message. */
    Shape message() {
        if (shapes.size() == 1) {
            return shapes.getFirst();
        }
        return Shape.of(Math.toIntExact(shapes.stream().mapToLong(Shape::size).sum()));
    }

    /** Views of a message that has arrived, with a hold each. */
    Deque<Tensor> apart(Tensor message) {
        Deque<Tensor> parts = new ArrayDeque<>();
        if (shapes.size() == 1) {
            parts.add(message);
            return parts;
        }
        long offset = 0;
        for (Shape shape : shapes) {
            Shape batched = shape.batched(message.rows());
            parts.add(message.retain().part(offset, batched));
            offset += batched.size();
        }
        message.release();
        return parts;
    }

    /**
     * One message of what goes on and what is kept.
     *
     * @param pool where a message of several parts comes from
     * @param current one hold is taken over
     * @param kept with a hold each, which are taken over
     */
    Tensor together(TensorPool pool, Tensor current, Deque<Tensor> kept) {
        if (kept.isEmpty()) {
            return current;
        }
        Tensor message = pool.take(ElementType.F32, message().batched(current.rows()));
        kept.push(current);
        long offset = 0;
        for (Tensor part : kept) {
            long bytes = part.memory().byteSize();
            MemorySegment.copy(part.memory(), 0, message.memory(), offset, bytes);
            offset += bytes;
            part.release();
        }
        kept.clear();
        return message;
    }
}
