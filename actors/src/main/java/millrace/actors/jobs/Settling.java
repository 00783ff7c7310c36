package millrace.actors.jobs;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.LongStream;
import millrace.actors.cluster.ActorId;
import millrace.actors.cluster.RunOrder;

/**
 * The time in which a manager that is made anew decides nothing, but hears what there is: until books and workers have said what
 * they know, or have had the time to.
 */
final class Settling {
    /** For books and workers to say what they know, in milliseconds. */
    static final long PATIENCE = 1000;

    private final long until;
    private final SequencedMap<String, Claim> claims = new LinkedHashMap<>();
    private boolean booksRead;
    private boolean workersKnown;
    private boolean over;

    /** Workers that know a run. */
    record Claim(RunOrder order, Set<ActorId> holders) {}

    /**
     * Begins now.
     *
     * @param now in milliseconds since 1970
     */
    Settling(long now) {
        this.until = now + PATIENCE;
    }

    /** Whether it is over. */
    boolean isOver() {
        return over;
    }

    /** All books have said what they know. */
    void booksRead() {
        booksRead = true;
    }

    /** It is known which workers there are. */
    void workersKnown() {
        workersKnown = true;
    }

    /** A worker knows a run. */
    void claimed(RunOrder order, ActorId worker) {
        claims.computeIfAbsent(order.id(), _ -> new Claim(order, new LinkedHashSet<>()))
                .holders()
                .add(worker);
    }

    /** A worker has ended. */
    void lost(ActorId worker) {
        claims.values().forEach(claim -> claim.holders().remove(worker));
    }

    /**
     * Looks whether it is over.
     *
     * @param workersHeard whether each of the workers has said what it knows
     * @return in the moment in which it is, what they have said
     */
    List<Claim> heard(long now, boolean workersHeard) {
        if (over || (now < until && !(booksRead && workersKnown && workersHeard))) {
            return List.of();
        }
        over = true;
        List<Claim> all = List.copyOf(claims.values());
        claims.clear();
        return all;
    }

    /** When it ends at the latest; empty when it is over. */
    LongStream end() {
        return over ? LongStream.empty() : LongStream.of(until);
    }
}
