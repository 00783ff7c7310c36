package millrace.actors.wire;

import java.io.NotSerializableException;
import java.lang.foreign.MemorySegment;

/**
 * How messages of one class become bytes and are read back. {@link Codecs} lists all; a message that may leave its node
 * needs an entry there and a binding in millrace-system.conf.
 *
 * @param <T> class of the messages, exactly: not a supertype
 */
interface Codec<T> {
    /** Short name on the wire: part of the contract, never given to other messages. */
    String manifest();

    Class<T> type();

    /** The message, ready to be written: its length must be known before. */
    Encoded encoded(T message);

    /**
     * Parses a message that fills the segment, which is valid only during the call.
     *
     * @throws NotSerializableException on anything but a whole, valid message
     */
    T read(MemorySegment bytes) throws NotSerializableException;

    /** Called once the message is bytes, with what {@link #encoded} was called with. */
    default void written(T message) {}
}
