package millrace.nn.stage;

import java.util.HashSet;
import java.util.List;
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
    // what came in, while everything else is still to be computed again
    @Nullable
    Tensor arrived;

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
    }

    /** Bytes of all that is held; memory that several entries share is counted once. */
    long bytes() {
        Set<Long> seen = new HashSet<>();
        long bytes = arrived == null ? 0 : bytes(arrived, seen);
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
