package millrace.schedule.plan;

/**
 * When a micro-batch is worked on, in slots of unit time, by a line whose rank r holds stages r and 2p-1-r. The next
 * micro-batch follows six slots later, so the four slots of a rank must differ modulo six; the other two are for W's.
 */
@FunctionalInterface
public interface BuildingBlock {
    /** Slots from one micro-batch to the next: F, I and W of a rank's two stages. */
    int PERIOD = 6;

    /** The slots of a rank's F of stage r, F of stage 2p-1-r, I of stage 2p-1-r, and I of stage r: ascending. */
    int[] slots(int ranks, int rank);
}
