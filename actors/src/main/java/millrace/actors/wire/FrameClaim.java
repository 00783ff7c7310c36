package millrace.actors.wire;

import java.io.NotSerializableException;
import millrace.actors.stage.StageProtocol;
import millrace.actors.stage.StageProtocol.ChunkDone;
import millrace.actors.stage.StageProtocol.EvaluationId;
import millrace.actors.transport.Claim;
import millrace.actors.transport.TensorMemory;
import millrace.proto.v1.ChunkCredit;
import millrace.proto.v1.FrameHeader;

/** What a frame's message is, checked. */
sealed interface FrameClaim extends Claim {
    /** A packet. */
    record OfPacket(PacketHeader header, long payload) implements FrameClaim {
        @Override
        public StageProtocol.Command message(TensorMemory memory) {
            return header.packet(memory.take(header.type(), header.shape()));
        }
    }

    /** A message without a tensor. */
    record OfCredit(ChunkDone done) implements FrameClaim {
        @Override
        public long payload() {
            return 0;
        }

        @Override
        public StageProtocol.Command message(TensorMemory memory) {
            return done;
        }
    }

    /** @throws NotSerializableException when a field is missing or out of range */
    static FrameClaim checked(FrameHeader frame) throws NotSerializableException {
        return switch (frame.getContentCase()) {
            case PACKET -> {
                PacketHeader header = PacketHeader.checked(frame.getPacket());
                if (header.message().getRunEpoch() != frame.getRunEpoch()) {
                    throw Malformed.of("run_epoch", header.message().getRunEpoch(), "the frame's");
                }
                yield new OfPacket(header, header.payloadBytes());
            }
            case CREDIT -> {
                ChunkCredit credit = frame.getCredit();
                if (credit.getNumber() < 0 || credit.getThrough() < 0) {
                    throw Malformed.of("credit", credit.getNumber() + ", " + credit.getThrough(), "0 or more");
                }
                EvaluationId id = new EvaluationId(credit.getNumber(), credit.getSet());
                yield new OfCredit(new ChunkDone(id, credit.getThrough()));
            }
            case CONTENT_NOT_SET -> throw Malformed.of("content", "none", "a packet or a credit");
        };
    }

    /** Enters what the message is. */
    static void write(StageProtocol.Command content, FrameHeader.Builder header) {
        switch (content) {
            case StageProtocol.Packet packet -> header.setPacket(PacketHeader.of(packet));
            case ChunkDone(EvaluationId id, int through) ->
                header.setCredit(ChunkCredit.newBuilder()
                        .setNumber(id.number())
                        .setSet(id.set())
                        .setThrough(through));
            case StageProtocol.Control other ->
                throw new IllegalArgumentException(
                        "message: " + other.getClass().getName() + " (expected: what stages tell each other)");
        }
    }
}
