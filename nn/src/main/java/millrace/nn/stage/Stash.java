package millrace.nn.stage;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import millrace.nn.layer.Operator.Pass;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What a micro-batch leaves behind in a run of layers between its forward and its last backward: one entry a layer. */
final class Stash {
    final Pass pass;
    final @Nullable Tensor[] inputs;
    final @Nullable Tensor[] outputs;
    final @Nullable Tensor[] outputGradients;
    final @Nullable Tensor[] workspaces;
    // what came in, where the first layer does a second forward that is still to come
    @Nullable
    Tensor arrived;

    // the same for layers within the run, with what skip connections keep beside
    private final Map<Integer, Deque<Tensor>> begins = new HashMap<>();
    // whether second forwards have been done
    boolean complete;

    // of what is held, when it was last counted
    long counted;

    Stash(Pass pass, int layers) {
        this.pass = pass;
        this.inputs = new Tensor[layers];
        this.outputs = new Tensor[layers];
        this.outputGradients = new Tensor[layers];
        this.workspaces = new Tensor[layers];
    }

    /** The pass through one layer, with what its forward has left. */
    Pass pass(int layer) {
        Tensor workspace = workspaces[layer];
        return workspace == null ? pass : pass.with(workspace.memory());
    }

    static Tensor held(@Nullable Tensor tensor) {
        if (tensor == null) {
            throw new IllegalStateException("a stashed tensor is gone (expected: it is kept until its last use)");
        }
        return tensor;
    }

    Tensor takeArrived() {
        Tensor taken = held(arrived);
        arrived = null;
        return taken;
    }

    /** Keeps what a second forward of the layers from one on begins with. */
    void begin(int layer, Tensor current, Deque<Tensor> kept) {
        Deque<Tensor> parts = new ArrayDeque<>();
        parts.add(current.retain());
        kept.forEach(part -> parts.add(part.retain()));
        begins.put(layer, parts);
    }

    /** Hands it over. */
    Deque<Tensor> takeBegin(int layer) {
        return Objects.requireNonNull(begins.remove(layer), "what a second forward begins with");
    }

    /** Gives up what backward-input alone has read. */
    void dropInputsAndOutputs(int layer) {
        outputs[layer] = dropped(outputs[layer]);
        inputs[layer] = dropped(inputs[layer]);
        workspaces[layer] = dropped(workspaces[layer]);
    }

    /** Gives up what only backward-input reads of a layer with weights. */
    void dropOutput(int layer) {
        outputs[layer] = dropped(outputs[layer]);
    }

    /** Gives up everything of one layer. */
    void drop(int layer) {
        dropInputsAndOutputs(layer);
        outputGradients[layer] = dropped(outputGradients[layer]);
    }

    /** Gives up everything. */
    void drop() {
        for (int layer = 0; layer < inputs.length; layer++) {
            drop(layer);
        }
        arrived = dropped(arrived);
        begins.values().forEach(parts -> parts.forEach(Tensor::release));
        begins.clear();
    }

    /** Bytes of all that is held; memory that several entries share is counted once. */
    long bytes() {
        Set<Long> seen = new HashSet<>();
        long bytes = arrived == null ? 0 : bytes(arrived, seen);
        for (Deque<Tensor> parts : begins.values()) {
            for (Tensor part : parts) {
                bytes += bytes(part, seen);
            }
        }
        for (@Nullable Tensor[] tensors : List.of(inputs, outputs, outputGradients, workspaces)) {
            for (Tensor tensor : tensors) {
                bytes += tensor == null ? 0 : bytes(tensor, seen);
            }
        }
        return bytes;
    }

    private static long bytes(Tensor tensor, Set<Long> seen) {
        return seen.add(tensor.memory().address()) ? tensor.memory().byteSize() : 0;
    }

    private static @Nullable Tensor dropped(@Nullable Tensor tensor) {
        if (tensor != null) {
            tensor.release();
        }
        return null;
    }
}
