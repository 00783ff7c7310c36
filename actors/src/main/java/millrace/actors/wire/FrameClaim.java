package millrace.actors.wire;

import java.io.NotSerializableException;
import java.lang.foreign.MemorySegment;
import millrace.actors.rank.ChunkDone;
import millrace.actors.rank.EvaluationId;
import millrace.actors.rank.LineMessage;
import millrace.actors.rank.Packet;
import millrace.actors.transport.Claim;
import millrace.actors.transport.TensorMemory;
import millrace.proto.v1.ChunkCredit;
import millrace.proto.v1.FrameHeader;

/** What a frame's message is, checked. */
sealed interface FrameClaim extends Claim {
    /** Copies a frame's part of the payload, as it came, to its part of the tensor's memory. */
    void read(MemorySegment payload, MemorySegment memory);

    /** A packet. */
    record OfPacket(PacketHeader header, long payload) implements FrameClaim {
        @Override
        public LineMessage message(TensorMemory memory) {
            return header.packet(memory.take(header.type(), header.shape()));
        }

        @Override
        public void read(MemorySegment bytes, MemorySegment memory) {
            Elements.read(header.type(), bytes, memory);
        }
    }

    /** A message without a tensor. */
    record OfCredit(ChunkDone done) implements FrameClaim {
        @Override
        public long payload() {
            return 0;
        }

        @Override
        public LineMessage message(TensorMemory memory) {
            return done;
        }

        @Override
        public void read(MemorySegment bytes, MemorySegment memory) {
            throw new IllegalStateException("payload of a credit (expected: none)");
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
            case CREDIT -> new OfCredit(credit(frame.getCredit()));
            case CONTENT_NOT_SET -> throw Malformed.of("content", "none", "a packet or a credit");
        };
    }

    /** Enters what the message is. */
    static void write(LineMessage content, FrameHeader.Builder header) {
        switch (content) {
            case Packet packet -> header.setPacket(PacketHeader.of(packet));
            case ChunkDone done -> header.setCredit(message(done));
        }
    }

    /** A credit as it travels. */
    static ChunkCredit message(ChunkDone done) {
        return ChunkCredit.newBuilder()
                .setNumber(done.id().number())
                .setSet(done.id().set())
                .setThrough(done.through())
                .setStep(done.id().step())
                .build();
    }

    /** @throws NotSerializableException when a field is out of range */
    static ChunkDone credit(ChunkCredit credit) throws NotSerializableException {
        if (credit.getNumber() < 0 || credit.getThrough() < 0) {
            throw Malformed.of("credit", credit.getNumber() + ", " + credit.getThrough(), "0 or more");
        }
        if (credit.getStep() < 0) {
            throw Malformed.of("step of a credit", credit.getStep(), "0 or more");
        }
        return new ChunkDone(
                new EvaluationId(credit.getNumber(), credit.getSet(), credit.getStep()), credit.getThrough());
    }
}
