package millrace.actors.trainer;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.ActorContext;
import java.util.List;
import millrace.actors.rank.actor.RankProtocol.Command;
import millrace.actors.rank.actor.TrainerProtocol.Message;

/** The actors of a run's ranks, wherever they are. */
public interface Line {
    /** The ranks ascending, connected with each other and with the trainer; asked once, when the run begins. */
    List<ActorRef<Command>> ranks(ActorContext<Message> trainer);

    /** Whether all ranks are in this JVM, so that their weights can be looked at. */
    default boolean isHere() {
        return false;
    }

    /** Frees what was made for the line; called after the trainer and its children have ended. */
    default void close() {}
}
