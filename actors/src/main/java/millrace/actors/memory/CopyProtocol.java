package millrace.actors.memory;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.receptionist.ServiceKey;
import java.nio.ByteBuffer;
import java.util.List;
import millrace.actors.wire.manifest.Manifest.FileEntry;

/** What those who hold files of checkpoints in memory tell each other; one on each node that works. */
public interface CopyProtocol {
    /** Under which they are found. */
    ServiceKey<Message> KEY = ServiceKey.create(Message.class, "millrace-copies");

    /** Anything that they take. */
    sealed interface Message {}

    /** What travels between nodes. */
    sealed interface Remote extends Message {}

    /** What they are told on their own node. */
    sealed interface Local extends Message, NoSerializationVerificationNeeded
            permits Copies.CopyCut, Copies.Fetch, Copies.Listed, Copies.Look {}

    /** Which files have the stages of your node written for the checkpoint at this step? Answered by {@link CutFiles}. */
    record AskCut(long step, ActorRef<Message> replyTo) implements Remote {}

    /** Do you hold this file? Answered by {@link Holding}. */
    record AskHolding(FileEntry file, ActorRef<Message> replyTo) implements Remote {}

    /**
     * A piece of a file. Answered by {@link Piece}, or {@link Holding} where the file has gone.
     *
     * @param length at most
     */
    record AskPiece(FileEntry file, long from, int length, ActorRef<Message> replyTo) implements Remote {
        /** @throws IllegalArgumentException when there can be no such piece */
        public AskPiece {
            if (from < 0 || from >= file.bytes() || length < 1) {
                throw new IllegalArgumentException("piece of " + file.name() + ": " + length + " bytes from " + from
                        + " (expected: 1 or more of its " + file.bytes() + ")");
            }
        }
    }

    /** What stages of a node have written. */
    record CutFiles(long step, List<FileEntry> files, ActorRef<Message> holder) implements Remote {}

    /** Whether a node holds a file. */
    record Holding(FileEntry file, boolean held, ActorRef<Message> holder) implements Remote {}

    /**
     * A piece of a file.
     *
     * @param bytes nobody changes them; backed by an array, so that they are written without another copy
     */
    record Piece(FileEntry file, long from, ByteBuffer bytes) implements Remote {}
}
