package millrace.actors.fetch;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.receptionist.ServiceKey;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** What those who hold files and those who fetch them tell each other. */
public interface FetchProtocol {
    /** Under which holders are found, one on each node. */
    ServiceKey<ToHolder> HOLDERS = ServiceKey.create(ToHolder.class, "millrace-holder");

    /** Anything that travels. */
    sealed interface Message {}

    /** What a holder is told. */
    sealed interface ToHolder extends Message {}

    /** The same on its own node. */
    sealed interface HolderLocal extends ToHolder, NoSerializationVerificationNeeded {}

    /** A file that may be fetched from here from now on: one that has changed since is not given away. */
    record Hold(FileDigest file, Path path) implements HolderLocal {}

    /** A file that is not to be fetched from here any more. */
    record Drop(FileDigest file) implements HolderLocal {}

    /** Do you hold this file? Answered by {@link Holding} or {@link NotHeld}. */
    record AskHolding(FileDigest file, ActorRef<ToFetch> replyTo) implements ToHolder {}

    /**
     * One piece of a file. Answered by {@link Chunk}, or {@link NotHeld} when the file has gone or changed.
     *
     * @param number of the piece, from 0; each but the last has {@link Download#CHUNK} bytes
     */
    record AskChunk(FileDigest file, long number, ActorRef<ToFetch> replyTo) implements ToHolder {
        public AskChunk {
            if (number < 0 || number >= Download.chunks(file.bytes())) {
                throw new IllegalArgumentException("chunk: " + number + " of " + file + " (expected: 0 to "
                        + (Download.chunks(file.bytes()) - 1) + ")");
            }
        }
    }

    /** What a fetch is told. */
    sealed interface ToFetch extends Message {}

    /** What a fetch is told on its own node. */
    sealed interface FetchLocal extends ToFetch, NoSerializationVerificationNeeded
            permits Fetch.HoldersListed, Fetch.Look {}

    /** I hold the file. */
    record Holding(FileDigest file, ActorRef<ToHolder> holder) implements ToFetch {}

    /** I do not hold it, or not any more. */
    record NotHeld(FileDigest file, ActorRef<ToHolder> holder) implements ToFetch {}

    /**
     * A piece of a file.
     *
     * @param bytes read-only
     */
    record Chunk(FileDigest file, long number, ByteBuffer bytes, ActorRef<ToHolder> holder) implements ToFetch {}
}
