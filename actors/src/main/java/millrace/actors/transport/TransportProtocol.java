package millrace.actors.transport;

import akka.actor.typed.ActorRef;
import java.util.List;

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

    /**
     * What an inlet has received.
     *
     * @param next all frames before it
     * @param transmission the highest that has arrived: an earlier one that has not is lost, or was overtaken
     * @param received frames beyond {@code next}, ascending: those in between are missing
     */
    record Acknowledged(Route route, long next, long transmission, List<Range> received) {
        /** Ranges that are said at most; what is beyond them is left open. */
        public static final int MOST_RANGES = 64;

        public Acknowledged {
            received = List.copyOf(received);
            long end = next;
            for (Range range : received) {
                if (range.from() <= end) {
                    throw new IllegalArgumentException("received: frames from " + range.from()
                            + " (expected: more than " + end + ", where the range before ends)");
                }
                end = range.to();
            }
            if (next < 0 || received.size() > MOST_RANGES) {
                throw new IllegalArgumentException("acknowledgement: next " + next + ", " + received.size()
                        + " ranges (expected: 0 or more, at most " + MOST_RANGES + " ranges)");
            }
        }

        /** Whether it says of a frame that it has not arrived, not just nothing. */
        boolean knows(long number) {
            return received.size() < MOST_RANGES || number < received.getLast().to();
        }
    }

    /** Frames from {@code from} (inclusive) to {@code to} (exclusive). */
    record Range(long from, long to) {
        public Range {
            if (from < 0 || to <= from) {
                throw new IllegalArgumentException(
                        "range: " + from + " to " + to + " (expected: at least one frame, from 0 or more)");
            }
        }
    }
}
