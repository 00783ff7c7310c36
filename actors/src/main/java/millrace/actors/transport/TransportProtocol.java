package millrace.actors.transport;

import akka.actor.typed.ActorRef;

/** What outlets and inlets tell each other. */
public interface TransportProtocol {
    /** What an inlet is told. */
    sealed interface ToInlet permits Frame, Arrived, Withdrawn, Inlet.Flush {}

    /**
     * A piece of a message on its way out. It refers to the message's tensor and owns no hold of it: the outlet keeps the
     * hold until the receiver has everything, because the frame may have to be sent again. The serializer releases
     * nothing.
     */
    record Frame(Route route, Outgoing message, long number, long transmission, ActorRef<Acknowledged> replyTo)
            implements ToInlet {
        /** Where it belongs. */
        public FramePlace place() {
            return new FramePlace(number, transmission, message.first(), message.slice());
        }
    }

    /**
     * A frame that came in: its payload is where it belongs already, in the memory of its message. There is also one for
     * a frame that was not wanted, because its sender must know.
     *
     * @param bytes of payload
     */
    record Arrived(Route route, long transmission, long bytes, boolean wanted, ActorRef<Acknowledged> replyTo)
            implements ToInlet {}

    /** What comes of a frame that its outlet needed no more when it was written. */
    record Withdrawn() implements ToInlet {}
}
