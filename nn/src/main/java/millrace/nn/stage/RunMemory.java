package millrace.nn.stage;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import millrace.nn.layer.Operator;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;
import org.jspecify.annotations.Nullable;

/** The pools of a run of layers: one a layer for activations, one for deltas, one for workspaces, two for messages. */
final class RunMemory {
    private final Arena arena;
    private final int maxRows;
    private final MessageLayout before;
    private final MessageLayout after;
    private final List<Operator> operators;
    private final List<Shape> shapes = new ArrayList<>();
    private final List<TensorPool> outputs = new ArrayList<>();
    private final List<TensorPool> gradients = new ArrayList<>();
    private final List<TensorPool> workspaces = new ArrayList<>();
    private final TensorPool forwardMessages;
    private final TensorPool backwardMessages;

    /**
     * @param inFlight micro-batches at once
     * @param outputLimit tensors at once that one layer's forward has made
     */
    RunMemory(
            Arena arena,
            Model model,
            Partition.Range range,
            List<Operator> operators,
            int maxRows,
            int inFlight,
            int outputLimit) {
        this.arena = arena;
        this.maxRows = maxRows;
        this.operators = operators;
        this.before = new MessageLayout(model.shapesBefore(range.from()));
        this.after = new MessageLayout(model.shapesBefore(range.to()));
        for (int index = range.from(); index < range.to(); index++) {
            shapes.add(model.shapeBefore(index));
            Shape next = model.shapeBefore(index + 1);
            long workspace = operators.get(index - range.from()).workspace(maxRows);
            outputs.add(pool("activations of layer " + index, next, outputLimit));
            gradients.add(pool("gradients of layer " + index, model.shapeBefore(index), inFlight));
            workspaces.add(new TensorPool("workspaces of layer " + index, arena, workspace, inFlight));
        }
        shapes.add(model.shapeBefore(range.to()));
        this.forwardMessages = pool("activations sent", after.message(), outputLimit);
        this.backwardMessages = pool("gradients sent", before.message(), inFlight);
    }

    private TensorPool pool(String name, Shape sample, int limit) {
        return new TensorPool(name, arena, sample.size() * maxRows, limit);
    }

    /** What comes in forward, and goes out backward. */
    MessageLayout before() {
        return before;
    }

    /** What goes out forward, and comes in backward. */
    MessageLayout after() {
        return after;
    }

    Shape shapeBefore(int layer, int rows) {
        return shapes.get(layer).batched(rows);
    }

    Shape shapeAfter(int layer, int rows) {
        return shapes.get(layer + 1).batched(rows);
    }

    Tensor takeOutput(int layer, int rows) {
        return outputs.get(layer).take(ElementType.F32, shapeAfter(layer, rows));
    }

    Tensor takeGradient(int layer, int rows) {
        return gradients.get(layer).take(ElementType.F32, shapeBefore(layer, rows));
    }

    /** The layer's workspace for so many rows; null where it needs none. */
    @Nullable
    Tensor takeWorkspace(int layer, int rows) {
        long elements = operators.get(layer).workspace(rows);
        return elements == 0 ? null : workspaces.get(layer).take(ElementType.F32, Shape.of(Math.toIntExact(elements)));
    }

    /** The message for the next stage. */
    Tensor sendForward(Tensor current, Deque<Tensor> kept) {
        return after.together(forwardMessages, current, kept);
    }

    /** The message for the stage before. */
    Tensor sendBack(Tensor current, Deque<Tensor> kept) {
        return before.together(backwardMessages, current, kept);
    }

    /** Pools that miss buffers, with how many. */
    List<String> leaks() {
        return Stream.of(outputs, gradients, workspaces, List.of(forwardMessages, backwardMessages))
                .flatMap(List::stream)
                .filter(pool -> pool.inUse() > 0)
                .map(pool -> pool.name() + ": " + pool.inUse())
                .toList();
    }
}
