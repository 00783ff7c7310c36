package millrace.actors.trainer;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.ActorContext;
import java.util.List;
import millrace.actors.stage.StageProtocol.Command;
import millrace.actors.stage.StageProtocol.Report;

/** The actors of a run's ranks, wherever they are. */
public interface Line {
    /** The ranks ascending, connected with each other and with the trainer; asked once, when the run begins. */
    List<ActorRef<Command>> ranks(ActorContext<Report> trainer);

    /** Frees what was made for the line; called after the trainer and its children have ended. */
    default void close() {}
}
