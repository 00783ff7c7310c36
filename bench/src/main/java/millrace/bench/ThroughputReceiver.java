package millrace.bench;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import millrace.actors.rank.ChunkDone;
import millrace.actors.rank.EvaluationId;
import millrace.actors.rank.Packet.Activation;
import millrace.actors.rank.actor.RankProtocol;
import millrace.actors.rank.actor.RankProtocol.FromRank;
import millrace.nn.tensor.Memory;
import org.jspecify.annotations.Nullable;

/**
 * The process that {@link TensorThroughput} starts to receive. It prints the port of its plain socket and the address of
 * its inlet, reads the address of the sender's, and serves both until standard input ends.
 */
public final class ThroughputReceiver {
    static final long LARGEST = 4 << 20;
    static final int TENSORS = 8;

    private ThroughputReceiver() {}

    public static void main(String[] arguments) throws IOException {
        ThroughputNode node = new ThroughputNode(1);
        Sink sink = new Sink();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            System.out.println(server.socket().getLocalPort());
            System.out.println(node.receive(Behaviors.receiveMessage(sink::received)));
            sink.sender = node.outlet(input.readLine());
            Thread.ofPlatform().daemon().start(() -> serve(server));
            while (input.readLine() != null) {}
        }
        node.stop();
    }

    private static void serve(ServerSocketChannel server) {
        List<MemorySegment> tensors = Stream.generate(() -> Memory.allocate(Arena.ofAuto(), LARGEST / Float.BYTES))
                .limit(TENSORS)
                .toList();
        try (RawSocket socket = new RawSocket(server.accept())) {
            while (true) {
                socket.receive(tensors);
            }
        } catch (IOException e) {
            System.err.println(e.getMessage());
        }
    }

    /** The receiving rank: looks at the ends of each tensor, gives it up, and says now and then how many there were. */
    private static final class Sink {
        private volatile @Nullable ActorRef<RankProtocol.Command> sender;
        private int received;

        Behavior<RankProtocol.Command> received(RankProtocol.Command command) {
            ActorRef<RankProtocol.Command> back = sender;
            if (back == null || !(command instanceof FromRank(Activation activation))) {
                return Behaviors.unhandled();
            }
            long last = activation.tensor().shape().size() - 1;
            if (activation.step() != received
                    || activation.tensor().getFloat(0) != activation.tensor().getFloat(last)) {
                System.err.println("received: step " + activation.step() + " (expected: " + received + ")");
            }
            received++;
            activation.tensor().release();
            if (received % TensorThroughput.PER_CREDIT == 0) {
                back.tell(new FromRank(new ChunkDone(new EvaluationId(0, "credit", 0), received)));
            }
            return Behaviors.same();
        }
    }
}
