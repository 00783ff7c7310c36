package millrace.actors.wire;

import akka.actor.ExtendedActorSystem;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Adapter;
import java.util.List;
import millrace.actors.transport.Acknowledged;
import millrace.actors.transport.Acknowledged.Range;
import millrace.actors.transport.ReceivePool;
import millrace.actors.transport.Route;
import millrace.proto.v1.FrameAcknowledgement;
import millrace.proto.v1.FrameRange;

/** Frames and their acknowledgements. */
final class TransportCodecs {
    private TransportCodecs() {}

    static List<Codec<?>> all(ExtendedActorSystem classic) {
        ActorSystem<?> system = Adapter.toTyped(classic);
        return List.of(new FrameCodec(ReceivePool.get(system), ActorRefResolver.get(system)), acknowledgement());
    }

    static Codec<Acknowledged> acknowledgement() {
        return new ProtoCodec<>(
                "K",
                Acknowledged.class,
                FrameAcknowledgement.parser(),
                TransportCodecs::message,
                TransportCodecs::acknowledged);
    }

    private static FrameAcknowledgement message(Acknowledged acknowledged) {
        FrameAcknowledgement.Builder message = FrameAcknowledgement.newBuilder()
                .setRunEpoch(acknowledged.route().runEpoch())
                .setReceiver(acknowledged.route().receiver())
                .setLink(acknowledged.route().link())
                .setNext(acknowledged.next())
                .setTransmission(acknowledged.transmission());
        for (Range range : acknowledged.received()) {
            message.addReceived(FrameRange.newBuilder().setFrom(range.from()).setTo(range.to()));
        }
        return message.build();
    }

    private static Acknowledged acknowledged(FrameAcknowledgement message) {
        return new Acknowledged(
                new Route(message.getRunEpoch(), message.getLink(), message.getReceiver()),
                message.getNext(),
                message.getTransmission(),
                message.getReceivedList().stream()
                        .map(range -> new Range(range.getFrom(), range.getTo()))
                        .toList());
    }
}
