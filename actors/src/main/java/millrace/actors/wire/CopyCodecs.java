package millrace.actors.wire;

import com.google.protobuf.UnsafeByteOperations;
import java.util.List;
import millrace.actors.memory.CopyProtocol;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.proto.v1.AskCut;
import millrace.proto.v1.AskCutFile;
import millrace.proto.v1.AskPiece;
import millrace.proto.v1.CutFile;
import millrace.proto.v1.CutFileHeld;
import millrace.proto.v1.CutFiles;
import millrace.proto.v1.Piece;

/** What nodes tell each other of what they hold in memory (memory.proto). */
final class CopyCodecs {
    private CopyCodecs() {}

    static List<Codec<?>> all(Refs refs) {
        return List.of(
                new ProtoCodec<>(
                        "MC",
                        CopyProtocol.AskCut.class,
                        AskCut.parser(),
                        m -> AskCut.newBuilder()
                                .setStep(m.step())
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new CopyProtocol.AskCut(m.getStep(), refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "MH",
                        CopyProtocol.AskHolding.class,
                        AskCutFile.parser(),
                        m -> AskCutFile.newBuilder()
                                .setFile(of(m.file()))
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new CopyProtocol.AskHolding(of(m.getFile()), refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "MQ",
                        CopyProtocol.AskPiece.class,
                        AskPiece.parser(),
                        m -> AskPiece.newBuilder()
                                .setFile(of(m.file()))
                                .setFrom(m.from())
                                .setLength(m.length())
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new CopyProtocol.AskPiece(
                                of(m.getFile()), m.getFrom(), m.getLength(), refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "MF",
                        CopyProtocol.CutFiles.class,
                        CutFiles.parser(),
                        m -> CutFiles.newBuilder()
                                .setStep(m.step())
                                .addAllFiles(
                                        m.files().stream().map(CopyCodecs::of).toList())
                                .setHolder(refs.text(m.holder()))
                                .build(),
                        m -> new CopyProtocol.CutFiles(
                                m.getStep(),
                                m.getFilesList().stream().map(CopyCodecs::of).toList(),
                                refs.actor(m.getHolder()))),
                new ProtoCodec<>(
                        "MA",
                        CopyProtocol.Holding.class,
                        CutFileHeld.parser(),
                        m -> CutFileHeld.newBuilder()
                                .setFile(of(m.file()))
                                .setHeld(m.held())
                                .setHolder(refs.text(m.holder()))
                                .build(),
                        m -> new CopyProtocol.Holding(of(m.getFile()), m.getHeld(), refs.actor(m.getHolder()))),
                new ProtoCodec<>(
                        "MP",
                        CopyProtocol.Piece.class,
                        Piece.parser(),
                        m -> Piece.newBuilder()
                                .setFile(of(m.file()))
                                .setFrom(m.from())
                                .setContent(UnsafeByteOperations.unsafeWrap(m.bytes()))
                                .build(),
                        m -> new CopyProtocol.Piece(
                                of(m.getFile()), m.getFrom(), m.getContent().asReadOnlyByteBuffer())));
    }

    private static CutFile of(FileEntry file) {
        return CutFile.newBuilder()
                .setName(file.name())
                .setBytes(file.bytes())
                .setSha256(file.sha256())
                .build();
    }

    private static FileEntry of(CutFile file) {
        return new FileEntry(file.getName(), file.getBytes(), file.getSha256());
    }
}
