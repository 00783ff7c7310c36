package millrace.nn.stage;

import java.util.ArrayList;
import java.util.List;
import millrace.nn.model.Partition;

/** Which layers of a run do a second forward: runs of neighbours, each from its input on. Layers are counted in the run. */
final class SecondForwards {
    private final boolean[] again;
    private final List<Partition.Range> runs = new ArrayList<>();

    /** @param range layers of the model that the run has */
    SecondForwards(Keep keep, Partition.Range range) {
        this.again = new boolean[range.to() - range.from()];
        int begin = -1;
        for (int layer = 0; layer <= again.length; layer++) {
            boolean inside = layer < again.length && keep.recomputes(range.from() + layer);
            if (inside) {
                again[layer] = true;
                begin = begin < 0 ? layer : begin;
            } else if (begin >= 0) {
                runs.add(new Partition.Range(begin, layer));
                begin = -1;
            }
        }
    }

    boolean isEmpty() {
        return runs.isEmpty();
    }

    boolean has(int layer) {
        return again[layer];
    }

    /** Whether a run of neighbours begins with this layer. */
    boolean beginWith(int layer) {
        return again[layer] && (layer == 0 || !again[layer - 1]);
    }

    List<Partition.Range> runs() {
        return runs;
    }
}
