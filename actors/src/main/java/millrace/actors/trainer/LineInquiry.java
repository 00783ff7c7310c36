package millrace.actors.trainer;

import akka.actor.typed.ActorRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import millrace.actors.rank.actor.TrainerProtocol.LineTold;
import millrace.actors.rank.actor.TrainerProtocol.Pace;
import millrace.actors.rank.actor.TrainerProtocol.Position;

/** What the ranks were last heard to wait for, for people who ask: they are told when all ranks have answered, or after a while. */
final class LineInquiry {
    /** Of questions for people: a round of {@link StallWatch} has another. */
    static final long ROUND = 0;

    private final int ranks;
    private final NavigableMap<Integer, Position> known = new TreeMap<>();
    private final Set<Integer> answered = new HashSet<>();
    private final List<ActorRef<LineTold>> asking = new ArrayList<>();
    private Map<Integer, Pace> last = Map.of();
    private Map<Integer, Pace> beforeLast = Map.of();

    LineInquiry(int ranks) {
        this.ranks = ranks;
    }

    /** Somebody asks; true when the ranks have to be asked. */
    boolean ask(ActorRef<LineTold> replyTo) {
        asking.add(replyTo);
        if (asking.size() == 1) {
            answered.clear();
            return true;
        }
        return false;
    }

    /** A rank has answered, whomever. */
    void heard(Position position) {
        known.put(position.rank(), position);
        if (position.round() == ROUND) {
            answered.add(position.rank());
            if (answered.size() == ranks) {
                tell();
            }
        }
    }

    /** Tells those who ask what there is. */
    void tell() {
        LineTold told = new LineTold(List.copyOf(known.values()), beforeLast);
        asking.forEach(replyTo -> replyTo.tell(told));
        asking.clear();
    }

    /** A while has passed: from now on the pace is that since the last time. */
    void mark() {
        beforeLast = last;
        Map<Integer, Pace> paces = new HashMap<>();
        known.forEach((rank, position) -> paces.put(rank, position.pace()));
        last = Map.copyOf(paces);
    }
}
