package millrace.bench;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.Behaviors;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import millrace.actors.rank.Packet.Activation;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.TensorPool;

/**
 * What handing a micro-batch from one stage actor to the next costs: two actors on the stage dispatcher send an
 * activation of 32 x 1024 from a pool to and fro; each waits for the other, so every hop includes waking a thread.
 * Prints the distribution of a hop in microseconds (half a round trip).
 */
public final class HandOver {
    private static final int WARM_UP = 50_000;
    private static final int MEASURED = 100_000;

    private HandOver() {}

    public static void main(String[] arguments) {
        CompletableFuture<long[]> result = new CompletableFuture<>();
        try (Arena arena = Arena.ofShared()) {
            TensorPool pool = new TensorPool("activations", arena, 32 * 1024, 2);
            ActorSystem<Void> system = ActorSystem.create(line(pool, result), "hand-over");
            long[] nanos = result.join();
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().join();
            Arrays.sort(nanos);
            System.out.printf(
                    "{\"what\":\"hand-over of a micro-batch between two stage actors\",\"hops\":%d,"
                            + "\"median_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f}%n",
                    2 * MEASURED,
                    nanos[MEASURED / 2] / 2e3,
                    nanos[(int) (MEASURED * 0.9)] / 2e3,
                    nanos[(int) (MEASURED * 0.99)] / 2e3);
        }
    }

    private static Behavior<Void> line(TensorPool pool, CompletableFuture<long[]> result) {
        return Behaviors.setup(context -> {
            DispatcherSelector pinned = DispatcherSelector.fromConfig("millrace.rank-dispatcher");
            ActorRef<Message> second = context.spawn(second(), "second", pinned);
            ActorRef<Message> first = context.spawn(first(second, pool, result), "first", pinned);
            first.tell(new Message(null, first));
            return Behaviors.empty();
        });
    }

    private record Message(
            @org.jspecify.annotations.Nullable Activation activation, ActorRef<Message> replyTo) {}

    /** Uses the activation, gives it back, answers. */
    private static Behavior<Message> second() {
        return Behaviors.receive((context, message) -> {
            Activation activation = message.activation();
            if (activation != null) {
                activation.tensor().release();
            }
            message.replyTo().tell(new Message(null, context.getSelf()));
            return Behaviors.same();
        });
    }

    private static Behavior<Message> first(
            ActorRef<Message> second, TensorPool pool, CompletableFuture<long[]> result) {
        return Behaviors.setup(context -> {
            long[] nanos = new long[MEASURED];
            long[] sent = {0};
            int[] count = {-1};
            return Behaviors.receiveMessage(message -> {
                long now = System.nanoTime();
                int i = count[0]++ - WARM_UP;
                if (i >= 0 && i < MEASURED) {
                    nanos[i] = now - sent[0];
                }
                if (i == MEASURED) {
                    boolean _ = result.complete(nanos);
                    return Behaviors.stopped();
                }
                sent[0] = System.nanoTime();
                second.tell(new Message(
                        new Activation(1, 1, i, 0, pool.take(ElementType.F32, Shape.of(32, 1024))), context.getSelf()));
                return Behaviors.same();
            });
        });
    }
}
