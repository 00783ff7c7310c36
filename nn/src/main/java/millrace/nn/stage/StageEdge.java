package millrace.nn.stage;

import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import millrace.nn.kernel.Kernels;
import millrace.nn.model.Model;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;

/**
 * A place between two layers where tensors go from stage to stage, both ways: an end of a run, or a cut within a run that
 * stands for a whole line. It has the memory of what is sent there and, where messages are no float32, of what arrives.
 */
final class StageEdge {
    /** Makes pools: so many elements of four bytes in each buffer, so many buffers at most. */
    interface Pools {
        TensorPool pool(String name, long elements, int limit);
    }

    private final MessageLayout layout;
    private final TensorPool activationsSent;
    private final TensorPool deltasSent;
    private final TensorPool activationsReceived;
    private final TensorPool deltasReceived;

    /**
     * @param layer before which it is
     * @param type of the elements of messages
     * @param maxRows of a message
     * @param inFlight micro-batches at once
     * @param activations that may be there at once, sent or received
     */
    StageEdge(
            Model model,
            int layer,
            ElementType type,
            Kernels kernels,
            Pools pools,
            int maxRows,
            int inFlight,
            int activations) {
        this.layout = new MessageLayout(model.shapesBefore(layer), type, kernels);
        long elements = layout.message().size() * maxRows;
        long sent = Math.ceilDiv(elements * type.bytes(), ElementType.MOST_BYTES);
        String where = " before layer " + layer;
        this.activationsSent = pools.pool("activations sent" + where, sent, activations);
        this.deltasSent = pools.pool("gradients sent" + where, sent, inFlight);
        this.activationsReceived = pools.pool("activations received" + where, elements, activations);
        this.deltasReceived = pools.pool("gradients received" + where, elements, inFlight);
    }

    /** The shape of one sample of a message. */
    Shape message() {
        return layout.message();
    }

    /** An activation's message; takes over the holds of what goes on and of what is kept. */
    Tensor sendForward(Tensor current, Deque<Tensor> kept) {
        return layout.together(activationsSent, current, kept);
    }

    /** A delta's message, likewise. */
    Tensor sendBack(Tensor current, Deque<Tensor> kept) {
        return layout.together(deltasSent, current, kept);
    }

    /** The parts of an activation's message, the one that goes on first. */
    Deque<Tensor> receiveForward(Tensor message) {
        return layout.apart(activationsReceived, message);
    }

    /** The parts of a delta's message. */
    Deque<Tensor> receiveBack(Tensor message) {
        return layout.apart(deltasReceived, message);
    }

    Stream<TensorPool> pools() {
        return List.of(activationsSent, deltasSent, activationsReceived, deltasReceived).stream();
    }
}
