package millrace.schedule.plan;

import java.util.Arrays;
import java.util.List;
import millrace.schedule.Action.Kind;
import millrace.schedule.Cell;
import millrace.schedule.RankOrder;

/**
 * What one rank of a V does in each slot of unit time, and how many activations it holds after it. The work lies in
 * lanes, each in the order of micro-batches: forwards of the stage on the way there, forwards of the stage on the way
 * back, I's of the stage on the way back, I's of the stage on the way there, and perhaps the W's of both, oldest first.
 * Without a lane of W's one is taken to be done in each free slot, as long as any waits.
 */
final class UnitRow {
    static final int FORWARD_THERE = 0;
    static final int FORWARD_BACK = 1;
    static final int INPUT_BACK = 2;
    static final int INPUT_THERE = 3;
    static final int WEIGHT = 4;
    static final int FREE = -1;

    private final int[][] slots;
    private final int[] laneAt;
    // after each slot: activations held, and W's that wait
    private final int[] held;
    private final int[] waiting;

    /**
     * @param slots for each lane the slots of its actions, ascending
     */
    UnitRow(int[][] slots) {
        this.slots = slots;
        int end = 0;
        for (int[] lane : slots) {
            end = Math.max(end, lane[lane.length - 1] + 1);
        }
        this.laneAt = new int[end];
        this.held = new int[end];
        this.waiting = new int[end];
        Arrays.fill(laneAt, FREE);
        for (int lane = 0; lane < slots.length; lane++) {
            for (int slot : slots[lane]) {
                laneAt[slot] = lane;
            }
        }
        for (int slot = 0; slot < end; slot++) {
            account(slot);
        }
    }

    int[][] slots() {
        return slots;
    }

    /** The same with a lane of W's: each in the first free slot after its I, oldest first. */
    UnitRow withWeights() {
        int[] weights = new int[slots[INPUT_BACK].length + slots[INPUT_THERE].length];
        int done = 0;
        for (int slot = 0; done < weights.length; slot++) {
            boolean free = slot >= laneAt.length || (laneAt[slot] == FREE && slot > 0 && waiting[slot - 1] > 0);
            if (free) {
                weights[done] = slot;
                done++;
            }
        }
        int[][] more = Arrays.copyOf(slots, slots.length + 1);
        more[WEIGHT] = weights;
        return new UnitRow(more);
    }

    UnitRow withoutWeights() {
        return new UnitRow(Arrays.copyOf(slots, WEIGHT));
    }

    /** The most activations held at once. */
    int peak() {
        return Arrays.stream(held).max().orElse(0);
    }

    /** Slot of the I that the W of an index belongs to. */
    int inputSlot(int index) {
        int slot = -1;
        for (int inputs = 0; inputs <= index; ) {
            slot++;
            inputs += laneAt[slot] == INPUT_BACK || laneAt[slot] == INPUT_THERE ? 1 : 0;
        }
        return slot;
    }

    /** Moves an action to the first earlier slot that is free and keeps the activations held within a limit, if any. */
    void pull(int lane, int index, int earliest, int limit) {
        int from = slots[lane][index];
        for (int to = earliest; to < from; to++) {
            if (laneAt[to] == FREE) {
                laneAt[from] = FREE;
                laneAt[to] = lane;
                if (staysWithin(limit, to, from)) {
                    slots[lane][index] = to;
                    return;
                }
                laneAt[to] = FREE;
                laneAt[from] = lane;
                staysWithin(Integer.MAX_VALUE, to, from);
            }
        }
    }

    /** Accounts anew from the first of two changed slots on, until all is as before or too much is held. */
    private boolean staysWithin(int limit, int first, int last) {
        for (int slot = first; slot < laneAt.length; slot++) {
            int heldBefore = held[slot];
            int waitingBefore = waiting[slot];
            account(slot);
            if (held[slot] > limit) {
                return false;
            }
            if (slot >= last && held[slot] == heldBefore && waiting[slot] == waitingBefore) {
                return true;
            }
        }
        return true;
    }

    private void account(int slot) {
        int holds = slot == 0 ? 0 : held[slot - 1];
        int waits = slot == 0 ? 0 : waiting[slot - 1];
        switch (laneAt[slot]) {
            case FORWARD_THERE, FORWARD_BACK -> holds++;
            case INPUT_THERE, INPUT_BACK -> waits++;
            default -> {
                boolean weight = slots.length > WEIGHT ? laneAt[slot] == WEIGHT : waits > 0;
                holds -= weight ? 1 : 0;
                waits -= weight ? 1 : 0;
            }
        }
        held[slot] = holds;
        waiting[slot] = waits;
    }

    /** The rank's order: a W in each free slot, first of the stage on the way back, then of the one on the way there. */
    List<Cell> cells(int there, int back) {
        int microBatches = slots[FORWARD_THERE].length;
        RankOrder order = new RankOrder(microBatches);
        for (int lane : laneAt) {
            switch (lane) {
                case FORWARD_THERE -> order.f(there);
                case FORWARD_BACK -> order.f(back);
                case INPUT_BACK -> order.i(back);
                case INPUT_THERE -> order.i(there);
                default -> {
                    if (order.done(back, Kind.W) < order.done(back, Kind.I)) {
                        order.w(back);
                    } else if (order.done(there, Kind.W) < order.done(there, Kind.I)) {
                        order.w(there);
                    }
                }
            }
        }
        for (int stage : new int[] {back, there}) {
            while (order.left(stage, Kind.W)) {
                order.w(stage);
            }
        }
        return order.cells();
    }
}
