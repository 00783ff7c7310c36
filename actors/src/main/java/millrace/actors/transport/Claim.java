package millrace.actors.transport;

import millrace.actors.rank.LineMessage;

/** What a frame says of its message: equal in all frames of the message. */
public interface Claim {
    /** Bytes of the message's tensor; 0 when it has none. */
    long payload();

    /** The message, with a tensor of those memories whose elements are still to come. */
    LineMessage message(TensorMemory memory);
}
