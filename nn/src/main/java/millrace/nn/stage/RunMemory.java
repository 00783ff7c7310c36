package millrace.nn.stage;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Operator;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;
import org.jspecify.annotations.Nullable;

/** The pools of a run of layers: one a layer for activations, one for deltas, one for workspaces; and those of its edges. */
final class RunMemory {
    private final Arena arena;
    private final int maxRows;
    private final StageEdge before;
    private final StageEdge after;
    private final SequencedMap<Integer, StageEdge> cuts = new TreeMap<>();
    private final List<Operator> operators;
    private final List<Shape> shapes = new ArrayList<>();
    private final List<TensorPool> outputs = new ArrayList<>();
    private final List<TensorPool> gradients = new ArrayList<>();
    private final List<TensorPool> workspaces = new ArrayList<>();

    /**
     * @param inFlight micro-batches at once
     * @param outputLimit tensors at once that one layer's forward has made
     * @param kernels that round messages
     */
    RunMemory(
            Arena arena,
            Model model,
            Partition.Range range,
            List<Operator> operators,
            int maxRows,
            int inFlight,
            int outputLimit,
            Kernels kernels,
            Messages messages) {
        this.arena = arena;
        this.maxRows = maxRows;
        this.operators = operators;
        for (int index = range.from(); index < range.to(); index++) {
            shapes.add(model.shapeBefore(index));
            Shape next = model.shapeBefore(index + 1);
            long workspace = operators.get(index - range.from()).workspace(maxRows);
            outputs.add(pool("activations of layer " + index, next, outputLimit));
            gradients.add(pool("gradients of layer " + index, model.shapeBefore(index), inFlight));
            workspaces.add(new TensorPool("workspaces of layer " + index, arena, workspace, inFlight));
        }
        shapes.add(model.shapeBefore(range.to()));
        IntFunction<StageEdge> edge = layer -> {
            // neither the samples nor the network's outputs are messages
            boolean sent = layer > 0 && layer < model.layers().size();
            return new StageEdge(
                    model,
                    layer,
                    sent ? messages.type() : ElementType.F32,
                    kernels,
                    (name, elements, limit) -> new TensorPool(name, arena, elements, limit),
                    maxRows,
                    inFlight,
                    outputLimit);
        };
        this.before = edge.apply(range.from());
        this.after = edge.apply(range.to());
        if (messages.round()) {
            messages.cuts().stream()
                    .filter(layer -> layer > range.from() && layer < range.to())
                    .forEach(layer -> cuts.put(layer - range.from(), edge.apply(layer)));
        }
    }

    private TensorPool pool(String name, Shape sample, int limit) {
        return new TensorPool(name, arena, sample.size() * maxRows, limit);
    }

    /** Shape of one sample of what comes in forward, and goes out backward. */
    Shape inputShape() {
        return before.message();
    }

    /** Shape of one sample of what goes out forward, and comes in backward. */
    Shape outputShape() {
        return after.message();
    }

    /** Whether the line that the run stands for is cut before this layer of the run, and rounds what it sends. */
    boolean isCut(int layer) {
        return cuts.containsKey(layer);
    }

    /** What arrives behind a cut. */
    Tensor passForward(int layer, Tensor current, Deque<Tensor> kept) {
        StageEdge cut = cut(layer);
        return first(cut.receiveForward(cut.sendForward(current, kept)), kept);
    }

    /** What arrives before a cut. */
    Tensor passBack(int layer, Tensor current, Deque<Tensor> kept) {
        StageEdge cut = cut(layer);
        return first(cut.receiveBack(cut.sendBack(current, kept)), kept);
    }

    private StageEdge cut(int layer) {
        return Objects.requireNonNull(cuts.get(layer), "a layer before which the line is cut");
    }

    private static Tensor first(Deque<Tensor> parts, Deque<Tensor> kept) {
        Tensor first = parts.pop();
        kept.addAll(parts);
        return first;
    }

    /** The parts of an activation that has come in, the one that goes on first. */
    Deque<Tensor> receiveForward(Tensor message) {
        return before.receiveForward(message);
    }

    /** The parts of an error delta that has come in. */
    Deque<Tensor> receiveBack(Tensor message) {
        return after.receiveBack(message);
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
        return after.sendForward(current, kept);
    }

    /** The message for the stage before. */
    Tensor sendBack(Tensor current, Deque<Tensor> kept) {
        return before.sendBack(current, kept);
    }

    /** Pools that miss buffers, with how many. */
    List<String> leaks() {
        Stream<TensorPool> ofEdges =
                Stream.concat(Stream.of(before, after), cuts.values().stream()).flatMap(StageEdge::pools);
        return Stream.concat(Stream.of(outputs, gradients, workspaces).flatMap(List::stream), ofEdges)
                .filter(pool -> pool.inUse() > 0)
                .map(pool -> pool.name() + ": " + pool.inUse())
                .toList();
    }
}
