package millrace.actors.rank;

import java.util.List;

/**
 * What a rank does about gradients that it has in common with other ranks, between the last backward of a batch and its
 * step: it sends its share, waits for those of the others, and adds all up in an order that is the same everywhere.
 */
interface GradientExchange {
    /** Whether the rank has any gradients in common with others. */
    boolean isNeeded();

    /** Makes this rank's shares of a batch's gradients, all of whose backwards are done. */
    List<Work.Send> share(long batch);

    /** Whether all shares of a batch are here. */
    boolean isComplete(long batch);

    /** Adds up the shares of a batch. */
    void sum(long batch);

    /** Shares that no step has taken. */
    int left();
}
