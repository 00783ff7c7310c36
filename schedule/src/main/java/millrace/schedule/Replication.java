package millrace.schedule;

import java.util.ArrayList;
import java.util.List;
import millrace.schedule.Placement.Replica;

/**
 * Data parallelism: several copies of a line side by side, each on ranks of its own, which do the same with other
 * micro-batches. A batch of m micro-batches goes through R copies in turn: copy c has the micro-batches c, c + R, c + 2R, ...
 * Before a step the copies add up their gradients. For two copies of 1F1B on 2 ranks and 4 micro-batches:
 *
 * <pre>
 * rank 0: 0F0 0F2     0B0     0B2
 * rank 1:     1F0 1B0 1F2 1B2
 * rank 2: 0F1 0F3     0B1     0B3
 * rank 3:     1F1 1B1 1F3 1B3
 * </pre>
 */
public final class Replication {
    private final Placement line;
    private final int copies;

    private Replication(Placement line, int copies) {
        this.line = line;
        this.copies = copies;
    }

    /**
     * A schedule of several copies of a line.
     *
     * @param line the schedule of one copy; its own replicas, where it has any, are replicas of each copy
     * @param copies 1 or more
     * @return a schedule with {@code copies} times the ranks and the micro-batches; the line's own for 1
     * @throws IllegalArgumentException for less than one copy
     */
    public static Schedule of(Schedule line, int copies) {
        requireCopies(copies);
        return copies == 1 ? line : new Replication(line.placement(), copies).of(line);
    }

    /**
     * The placement of several copies of a line.
     *
     * @param line of one copy
     * @param copies 1 or more
     * @throws IllegalArgumentException for less than one copy
     */
    public static Placement of(Placement line, int copies) {
        requireCopies(copies);
        return new Replication(line, copies).placement();
    }

    /**
     * The micro-batches of one copy.
     *
     * @param microBatches of a batch, over all copies
     * @throws IllegalArgumentException when they cannot be divided among the copies
     */
    public static int share(int microBatches, int copies) {
        requireCopies(copies);
        if (microBatches % copies != 0) {
            int next = (microBatches / copies + 1) * copies;
            throw new IllegalArgumentException("micro-batches: " + microBatches + " (expected: a multiple of " + copies
                    + ", the replicas, each has as many); take " + next);
        }
        return microBatches / copies;
    }

    private static void requireCopies(int copies) {
        if (copies < 1) {
            throw new IllegalArgumentException("replicas: " + copies + " (expected: 1 or more)");
        }
    }

    private Placement placement() {
        List<Replica> replicas = new ArrayList<>();
        for (int copy = 0; copy < copies; copy++) {
            for (Replica replica : line.replicas()) {
                replicas.add(copied(replica, copy));
            }
        }
        return new Placement(copies * line.ranks(), replicas);
    }

    private Schedule of(Schedule schedule) {
        List<List<? extends Cell>> order = new ArrayList<>();
        for (int copy = 0; copy < copies; copy++) {
            for (List<? extends Cell> row : schedule.order()) {
                order.add(copied(row, copy));
            }
        }
        return new Schedule(schedule.name(), placement(), order);
    }

    private Replica copied(Replica replica, int copy) {
        return new Replica(
                replica.ranks().stream().map(rank -> rank + copy * line.ranks()).toList(),
                replica.microBatches().stream().map(i -> microBatch(i, copy)).toList());
    }

    private List<? extends Cell> copied(List<? extends Cell> row, int copy) {
        return row.stream()
                .map(cell -> switch (cell) {
                    case Action action -> copied(action, copy);
                    case Fused(Action first, Action second) -> new Fused(copied(first, copy), copied(second, copy));
                })
                .toList();
    }

    private Action copied(Action action, int copy) {
        return new Action(action.stage(), action.kind(), microBatch(action.microBatch(), copy));
    }

    private int microBatch(int ofLine, int copy) {
        return ofLine * copies + copy;
    }
}
