package millrace.actors.probe;

import akka.actor.typed.ActorRef;
import akka.actor.typed.receptionist.ServiceKey;
import java.nio.ByteBuffer;
import java.util.Optional;
import millrace.actors.access.Credential;

/** What is asked of nodes that are to be measured, and what they answer. */
public interface ProbeProtocol {
    /** Under which they are found. */
    ServiceKey<Command> KEY = ServiceKey.create(Command.class, "millrace-probe");

    /** Anything that travels. */
    sealed interface Message {}

    /** What the probe of a node takes. */
    sealed interface Command extends Message {}

    /** Who are you? */
    record AskNode(ActorRef<ProbedNode> replyTo) implements Command {}

    /**
     * A node.
     *
     * @param address of the node, for people
     * @param capacity how many ranks it can well work on at a time
     */
    record ProbedNode(ActorRef<Command> probe, String address, int capacity) implements Message {}

    /** Threads that are measured at a time, at most. */
    int MOST_THREADS = 4096;

    /**
     * Multiply matrices for a second or two, on so many threads at the same time.
     *
     * @param threads 1 to {@link #MOST_THREADS}
     * @param credential of who asks, where nodes have roles by certificate
     */
    record AskSpeed(int threads, Optional<Credential> credential, ActorRef<Speed> replyTo) implements Command {
        public AskSpeed {
            if (threads < 1 || threads > MOST_THREADS) {
                throw new IllegalArgumentException("threads: " + threads + " (expected: 1 to " + MOST_THREADS + ")");
            }
        }

        /** What is signed. */
        public static String signedText(int threads) {
            return "measure speed of " + threads;
        }
    }

    /**
     * How fast the node has multiplied.
     *
     * @param gigaflops 10^9 operations a second of all threads together
     * @param problem why nothing was measured; empty where it was
     */
    record Speed(double gigaflops, String problem) implements Message {}

    /**
     * Measure how long messages and bytes take to another node.
     *
     * @param credential of who asks, where nodes have roles by certificate
     */
    record AskLink(ActorRef<Command> peer, Optional<Credential> credential, ActorRef<LinkSpeed> replyTo)
            implements Command {
        /** What is signed. */
        public static final String SIGNED_TEXT = "measure link";
    }

    /**
     * What a link takes, in both directions alike.
     *
     * @param latency seconds of a small message, half of the way there and back
     * @param bandwidth bytes a second
     * @param problem why nothing was measured; empty where it was
     */
    record LinkSpeed(double latency, double bandwidth, String problem) implements Message {}

    /**
     * Answer with a {@link Pong} of the same number.
     *
     * @param load bytes that travel along
     */
    record Ping(long number, ByteBuffer load, ActorRef<Pong> replyTo) implements Command {
        public Ping {
            load = load.asReadOnlyBuffer();
        }
    }

    /** A ping has come. */
    record Pong(long number) implements Message {}
}
