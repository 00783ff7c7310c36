package millrace.schedule.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import millrace.schedule.Cell;

/** A line in a V, its actions in slots of unit time: one {@link UnitRow} a rank. */
final class UnitTable {
    private final List<UnitRow> rows;
    private final int[][][] slots;

    private UnitTable(List<UnitRow> rows) {
        this.rows = rows;
        this.slots = rows.stream().map(UnitRow::slots).toArray(int[][][]::new);
    }

    /**
     * An action where it was when {@link #entries} was asked.
     *
     * @param index in its lane: the micro-batch, in a lane of W's the count
     */
    record Entry(int slot, int rank, int lane, int index) {
        private static final Comparator<Entry> BY_SLOT =
                Comparator.comparingInt(Entry::slot).thenComparingInt(Entry::rank);
    }

    /** A building block for each micro-batch, without W's. */
    static UnitTable repeated(int ranks, int microBatches, BuildingBlock block) {
        List<UnitRow> rows = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            int[] first = block.slots(ranks, rank);
            if (Arrays.stream(first)
                            .map(slot -> slot % BuildingBlock.PERIOD)
                            .distinct()
                            .count()
                    < UnitRow.WEIGHT) {
                throw new IllegalArgumentException("building block of rank " + rank + " of " + ranks + ": slots "
                        + Arrays.toString(first) + " (expected: four that differ modulo " + BuildingBlock.PERIOD + ")");
            }
            rows.add(new UnitRow(Arrays.stream(first)
                    .mapToObj(slot -> IntStream.range(0, microBatches)
                            .map(i -> slot + BuildingBlock.PERIOD * i)
                            .toArray())
                    .toArray(int[][]::new)));
        }
        return new UnitTable(rows);
    }

    UnitTable withWeights() {
        return map(UnitRow::withWeights);
    }

    UnitTable withoutWeights() {
        return map(UnitRow::withoutWeights);
    }

    private UnitTable map(UnaryOperator<UnitRow> change) {
        return new UnitTable(rows.stream().map(change).toList());
    }

    /** The most activations that a rank holds at once. */
    int peak() {
        return rows.stream().mapToInt(UnitRow::peak).max().orElse(0);
    }

    /** All actions by slot, then rank: each after all that it waits for. */
    List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        for (int rank = 0; rank < slots.length; rank++) {
            for (int lane = 0; lane < slots[rank].length; lane++) {
                for (int index = 0; index < slots[rank][lane].length; index++) {
                    entries.add(new Entry(slots[rank][lane][index], rank, lane, index));
                }
            }
        }
        entries.sort(Entry.BY_SLOT);
        return entries;
    }

    /** Moves an action to the first earlier slot where its rank is free, its inputs are there, and memory allows it. */
    void pull(Entry entry, int limit) {
        UnitRow row = rows.get(entry.rank());
        int earliest = earliest(slots, entry);
        if (entry.lane() == UnitRow.WEIGHT) {
            earliest = Math.max(earliest, row.inputSlot(entry.index()) + 1);
        }
        row.pull(entry.lane(), entry.index(), earliest, limit);
    }

    /** The same order of every rank, each action in the earliest slot. */
    UnitTable squeezed() {
        int[][][] squeezed = Arrays.stream(slots)
                .map(row -> Arrays.stream(row).map(int[]::clone).toArray(int[][]::new))
                .toArray(int[][][]::new);
        int[] free = new int[slots.length];
        for (Entry entry : entries()) {
            int slot = Math.max(free[entry.rank()], earliest(squeezed, entry));
            squeezed[entry.rank()][entry.lane()][entry.index()] = slot;
            free[entry.rank()] = slot + 1;
        }
        return new UnitTable(Arrays.stream(squeezed).map(UnitRow::new).toList());
    }

    /** The slot after those of the same lane on the rank before it in the V, of the lane before, of the index before. */
    private static int earliest(int[][][] slots, Entry entry) {
        int latest = -1;
        int lane = entry.lane();
        int[][] row = slots[entry.rank()];
        if (entry.index() > 0) {
            latest = row[lane][entry.index() - 1];
        }
        if (lane < UnitRow.WEIGHT) {
            boolean there = lane == UnitRow.FORWARD_THERE || lane == UnitRow.INPUT_BACK;
            int neighbour = there ? entry.rank() - 1 : entry.rank() + 1;
            if (neighbour >= 0 && neighbour < slots.length) {
                latest = Math.max(latest, slots[neighbour][lane][entry.index()]);
            }
            if (lane > 0) {
                latest = Math.max(latest, row[lane - 1][entry.index()]);
            }
        }
        return latest + 1;
    }

    /** For each rank its order, W's in free slots. */
    List<List<Cell>> order() {
        return IntStream.range(0, rows.size())
                .mapToObj(rank -> rows.get(rank).cells(rank, 2 * rows.size() - 1 - rank))
                .toList();
    }
}
