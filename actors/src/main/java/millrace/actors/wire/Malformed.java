package millrace.actors.wire;

import java.io.NotSerializableException;

/** The one form of every error about bytes that came in. */
final class Malformed {
    private Malformed() {}

    static NotSerializableException of(String name, Object value, String expected) {
        return new NotSerializableException(
                name + ": " + value + " (expected: " + expected + "); run the same version of Millrace on every node");
    }
}
