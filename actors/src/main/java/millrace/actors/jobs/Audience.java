package millrace.actors.jobs;

import akka.actor.typed.ActorRef;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import millrace.actors.cluster.ClientProtocol;
import millrace.actors.cluster.ClientProtocol.Event;
import millrace.actors.cluster.ClientProtocol.Happened;
import millrace.actors.event.TrainingEvent;

/** Who wants to hear of one job, and what there was to hear so far, for those who come later. */
final class Audience {
    // epochs, evaluations, recoveries: what a person reads
    private static final int REMEMBERED = 200;

    private final String run;
    private final Set<ActorRef<Event>> clients = new LinkedHashSet<>();
    private final Deque<TrainingEvent> past = new ArrayDeque<>();

    Audience(String run) {
        this.run = run;
    }

    /** Somebody comes, or asks again; true for one that is new, who is told what has been, and then that this was all. */
    boolean attach(ActorRef<Event> client) {
        boolean isNew = clients.add(client);
        if (isNew) {
            past.forEach(event -> client.tell(new Happened(run, event)));
        }
        client.tell(new ClientProtocol.Accepted(run));
        return isNew;
    }

    /** Somebody has gone. */
    void detach(ActorRef<?> client) {
        clients.removeIf(client::equals);
    }

    /** Something has happened in the run. */
    void tell(TrainingEvent event) {
        if (!(event instanceof TrainingEvent.Step)) {
            past.addLast(event);
            if (past.size() > REMEMBERED) {
                past.removeFirst();
            }
        }
        clients.forEach(client -> client.tell(new Happened(run, event)));
    }

    /** The run is over. */
    void tell(ClientProtocol.End end) {
        clients.forEach(client -> client.tell(end));
        clients.clear();
    }
}
