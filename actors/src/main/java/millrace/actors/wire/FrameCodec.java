package millrace.actors.wire;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.NotSerializableException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import millrace.actors.rank.Packet;
import millrace.actors.transport.Acknowledged;
import millrace.actors.transport.FramePlace;
import millrace.actors.transport.ReceivePool;
import millrace.actors.transport.Receiver;
import millrace.actors.transport.Route;
import millrace.actors.transport.TransportProtocol.Arrived;
import millrace.actors.transport.TransportProtocol.Frame;
import millrace.actors.transport.TransportProtocol.ToInlet;
import millrace.actors.transport.TransportProtocol.Withdrawn;
import millrace.nn.tensor.Tensor;
import millrace.proto.v1.FrameHeader;

/**
 * Frames as bytes (transport.proto), with one copy of the payload a side: from the tensor's memory to Akka's buffer, and
 * from Akka's buffer to the memory of the message that it is part of. Writing releases nothing: the frame's outlet keeps
 * the tensor's hold until the receiver has everything.
 */
final class FrameCodec implements Codec<ToInlet> {
    private static final int WITHDRAWN = 0;

    private final ReceivePool pool;
    private final ActorRefResolver refs;

    FrameCodec(ReceivePool pool, ActorRefResolver refs) {
        this.pool = pool;
        this.refs = refs;
    }

    @Override
    public String manifest() {
        return "F";
    }

    @Override
    @SuppressWarnings("unchecked") // one class goes out and another comes in
    public Class<ToInlet> type() {
        return (Class<ToInlet>) (Class<?>) Frame.class;
    }

    @Override
    public Encoded encoded(ToInlet message) {
        return switch (message) {
            case Frame frame -> new FrameBytes(frame, header(frame).toByteArray());
            default ->
                throw new IllegalArgumentException(
                        "message: " + message.getClass().getName() + " (expected: a frame on its way out)");
        };
    }

    private FrameHeader header(Frame frame) {
        FramePlace place = frame.place();
        FrameHeader.Builder header = FrameHeader.newBuilder()
                .setRunEpoch(frame.route().runEpoch())
                .setReceiver(frame.route().receiver())
                .setLink(frame.route().link())
                .setNumber(place.number())
                .setTransmission(place.transmission())
                .setFirst(place.first())
                .setSlice(place.slice())
                .setReplyTo(refs.toSerializationFormat(frame.replyTo()));
        FrameClaim.write(frame.message().content(), header);
        return header.build();
    }

    @Override
    public ToInlet read(MemorySegment bytes) throws NotSerializableException {
        int length = Elements.headerLength(bytes);
        if (length == WITHDRAWN) {
            return new Withdrawn();
        }
        FrameHeader header = parsed(bytes.asSlice(Integer.BYTES, length));
        MemorySegment payload = bytes.asSlice((long) Integer.BYTES + length);
        try {
            return arrived(header, payload);
        } catch (IllegalArgumentException e) {
            throw Malformed.of("frame", String.valueOf(e.getMessage()), "one that an outlet sends");
        }
    }

    private static FrameHeader parsed(MemorySegment header) throws NotSerializableException {
        try {
            return FrameHeader.parseFrom(header.asByteBuffer());
        } catch (InvalidProtocolBufferException e) {
            throw Malformed.of("header", e.toString(), "a FrameHeader");
        }
    }

    private ToInlet arrived(FrameHeader header, MemorySegment payload) throws NotSerializableException {
        Route route = new Route(header.getRunEpoch(), header.getLink(), header.getReceiver());
        FramePlace place =
                new FramePlace(header.getNumber(), header.getTransmission(), header.getFirst(), header.getSlice());
        FrameClaim claim = FrameClaim.checked(header);
        ActorRef<Acknowledged> replyTo = refs.resolveActorRef(header.getReplyTo());
        Optional<Receiver> receiver = pool.find(route.runEpoch(), route.receiver());
        boolean wanted = receiver.isPresent()
                && receiver.get()
                        .receive(route.link(), place, claim, payload.byteSize(), memory -> claim.read(payload, memory));
        return new Arrived(route, place.transmission(), payload.byteSize(), wanted, replyTo);
    }

    /** One frame; long enough for its slice even if it is withdrawn before it is written. */
    private static final class FrameBytes implements Encoded {
        private final Frame frame;
        private final byte[] header;
        private final long payload;

        FrameBytes(Frame frame, byte[] header) {
            this.frame = frame;
            this.header = header;
            this.payload = frame.place().bytes(frame.message().payload());
        }

        @Override
        public long bytes() {
            return Integer.BYTES + header.length + payload;
        }

        @Override
        public void writeTo(MemorySegment target) {
            if (!frame.message().whileHeld(() -> write(target))) {
                Elements.setLength(target, WITHDRAWN);
            }
        }

        private void write(MemorySegment target) {
            Elements.setLength(target, header.length);
            MemorySegment.copy(header, 0, target, ValueLayout.JAVA_BYTE, Integer.BYTES, header.length);
            if (frame.message().content() instanceof Packet packet) {
                long at = (long) Integer.BYTES + header.length;
                Tensor tensor = packet.tensor();
                Elements.write(tensor.type(), tensor.memory(), frame.place().offset(), target, at, payload);
            }
        }
    }
}
