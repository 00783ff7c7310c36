package millrace.actors.keeper;

import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a coordinator gets the right to write a run, without actors, clock or disk: it asks the nodes to promise it a run
 * epoch, which each does only if it has promised no later one, and this one to nobody else. With the promises of a majority of
 * the run's nodes it may begin. Whatever was lost, late or told twice: no two coordinators have the right for the same run
 * epoch, and none can write any more once a later one has it, since writing needs a majority too. It is the first half of
 * Paxos (Lamport 1998), with the run epoch as the number of the ballot.
 */
final class Ballot {
    private final Promise wanted;
    private final Electors electors;
    private final Set<String> granted = new HashSet<>();
    private final Set<String> refused = new HashSet<>();
    private long newest;

    /**
     * @param wanted the run epoch, and who wants it
     */
    Ballot(Promise wanted, Electors electors) {
        this.wanted = wanted;
        this.electors = electors;
        this.newest = wanted.epoch();
    }

    /** What is asked for. */
    Promise wanted() {
        return wanted;
    }

    /**
     * A node has answered.
     *
     * @param has what it has promised by then
     */
    void answered(String node, Promise has) {
        newest = Math.max(newest, has.epoch());
        (has.equals(wanted) ? granted : refused).add(node);
    }

    /** Whether the coordinator may begin. */
    boolean isWon() {
        return electors.isMajority(granted);
    }

    /** Whether so many have refused that it is not worth waiting for the others. */
    boolean isLost() {
        Set<String> left = new HashSet<>(electors.nodes());
        left.removeAll(refused);
        return !isWon() && !electors.isMajority(left);
    }

    /** The run epoch of another attempt: above all that it was refused for. */
    long next() {
        return newest + 1;
    }

    /** Those of the run's nodes that have not answered. */
    Set<String> silent() {
        Set<String> silent = new TreeSet<>(electors.nodes());
        silent.removeAll(granted);
        silent.removeAll(refused);
        return silent;
    }
}
