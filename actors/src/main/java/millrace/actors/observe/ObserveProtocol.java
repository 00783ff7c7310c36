package millrace.actors.observe;

import akka.actor.typed.ActorRef;
import akka.actor.typed.receptionist.ServiceKey;
import java.util.List;
import millrace.actors.trace.FlightRecord;

/** What is asked of nodes whose ranks are watched, and what they answer. */
public interface ObserveProtocol {
    /** Under which they are found. */
    ServiceKey<LookAt> KEY = ServiceKey.create(LookAt.class, "millrace-observe");

    /** Anything that travels. */
    sealed interface Message {}

    /**
     * What do the ranks of a run do?
     *
     * @param before how many nanoseconds of the past are asked for, at most
     */
    record LookAt(String run, long before, ActorRef<Seen> replyTo) implements Message {}

    /**
     * What they did; nothing where none of them is here.
     *
     * @param node host:port
     * @param clock of the node, when it looked; the times in the records are by the same
     * @param records of the run's ranks that are here
     * @param retransmissions frames that the node has sent once more
     */
    record Seen(String node, long clock, List<FlightRecord> records, long retransmissions) implements Message {
        public Seen {
            records = List.copyOf(records);
        }
    }
}
