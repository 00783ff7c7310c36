package millrace.schedule.zoo;

import java.util.ArrayList;
import java.util.List;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.PipelineShape;

/**
 * The order in which interleaved schedules pass micro-batches over the chunks of a rank (Megatron-LM's virtual
 * micro-batches): in groups, and within a group chunk after chunk.
 */
final class ChunkTable {
    private final PipelineShape shape;
    private final int group;
    private final List<Entry> entries = new ArrayList<>();

    private record Entry(int chunk, int microBatch) {}

    /**
     * @throws IllegalArgumentException when the micro-batches do not fall into equal groups of at least p
     */
    ChunkTable(String schedule, PipelineShape shape) {
        int m = shape.microBatches();
        int rounds = Math.max(1, m / shape.ranks());
        if (m % rounds != 0) {
            throw new IllegalArgumentException(schedule + ": micro-batches: " + m + " with " + shape.ranks()
                    + " ranks (expected: a multiple of " + rounds + ", the groups of at least " + shape.ranks()
                    + " that " + m + " make); take " + m / rounds * rounds + " or " + (m / rounds + 1) * rounds);
        }
        this.shape = shape;
        this.group = m / rounds;
        for (int first = 0; first < m; first += group) {
            for (int chunk = 0; chunk < shape.chunks(); chunk++) {
                for (int i = first; i < first + group; i++) {
                    entries.add(new Entry(chunk, i));
                }
            }
        }
    }

    /** Micro-batches of a group. */
    int group() {
        return group;
    }

    /** Actions of one kind that a rank does in a batch. */
    int size() {
        return entries.size();
    }

    /** The k-th forward of a rank. */
    Action forward(int rank, int k) {
        Entry entry = entries.get(k);
        return Action.forward(entry.chunk() * shape.ranks() + rank, entry.microBatch());
    }

    /** The k-th action of a rank of a backward kind: the chunks come in reverse. */
    Action backward(int rank, Kind kind, int k) {
        Entry entry = entries.get(k);
        int chunk = shape.chunks() - 1 - entry.chunk();
        return new Action(chunk * shape.ranks() + rank, kind, entry.microBatch());
    }
}
