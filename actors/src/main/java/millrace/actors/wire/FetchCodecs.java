package millrace.actors.wire;

import com.google.protobuf.UnsafeByteOperations;
import java.util.List;
import millrace.actors.fetch.FetchProtocol;
import millrace.actors.fetch.FileDigest;
import millrace.proto.v1.AskChunk;
import millrace.proto.v1.AskHolding;
import millrace.proto.v1.FileChunk;
import millrace.proto.v1.HeldFile;
import millrace.proto.v1.Holding;

/** Files that travel (fetch.proto). */
final class FetchCodecs {
    private FetchCodecs() {}

    static List<Codec<?>> all(Refs refs) {
        return List.of(
                new ProtoCodec<>(
                        "FA",
                        FetchProtocol.AskHolding.class,
                        AskHolding.parser(),
                        m -> AskHolding.newBuilder()
                                .setFile(of(m.file()))
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new FetchProtocol.AskHolding(of(m.getFile()), refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "FC",
                        FetchProtocol.AskChunk.class,
                        AskChunk.parser(),
                        m -> AskChunk.newBuilder()
                                .setFile(of(m.file()))
                                .setNumber(m.number())
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new FetchProtocol.AskChunk(of(m.getFile()), m.getNumber(), refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "FH",
                        FetchProtocol.Holding.class,
                        Holding.parser(),
                        m -> holding(m.file(), refs.text(m.holder()), true),
                        m -> {
                            requireHeld(m, true);
                            return new FetchProtocol.Holding(of(m.getFile()), refs.actor(m.getHolder()));
                        }),
                new ProtoCodec<>(
                        "FN",
                        FetchProtocol.NotHeld.class,
                        Holding.parser(),
                        m -> holding(m.file(), refs.text(m.holder()), false),
                        m -> {
                            requireHeld(m, false);
                            return new FetchProtocol.NotHeld(of(m.getFile()), refs.actor(m.getHolder()));
                        }),
                new ProtoCodec<>(
                        "FP",
                        FetchProtocol.Chunk.class,
                        FileChunk.parser(),
                        m -> FileChunk.newBuilder()
                                .setFile(of(m.file()))
                                .setNumber(m.number())
                                .setHolder(refs.text(m.holder()))
                                // nobody changes a piece once it is read
                                .setContent(UnsafeByteOperations.unsafeWrap(m.bytes()))
                                .build(),
                        m -> new FetchProtocol.Chunk(
                                of(m.getFile()),
                                m.getNumber(),
                                m.getContent().asReadOnlyByteBuffer(),
                                refs.actor(m.getHolder()))));
    }

    private static Holding holding(FileDigest file, String holder, boolean held) {
        return Holding.newBuilder()
                .setFile(of(file))
                .setHolder(holder)
                .setHeld(held)
                .build();
    }

    private static void requireHeld(Holding message, boolean held) {
        if (message.getHeld() != held) {
            throw new IllegalArgumentException(
                    "held: " + message.getHeld() + " (expected: " + held + ", as the manifest says)");
        }
    }

    static HeldFile of(FileDigest file) {
        return HeldFile.newBuilder()
                .setSha256(file.sha256())
                .setBytes(file.bytes())
                .build();
    }

    static FileDigest of(HeldFile message) {
        return new FileDigest(message.getSha256(), message.getBytes());
    }
}
