package millrace.actors.wire;

import java.lang.foreign.MemorySegment;

/** A message whose bytes can be written any number of times. */
interface Encoded {
    /** Length in bytes. */
    long bytes();

    /** Writes all bytes to the start of a segment that is long enough. */
    void writeTo(MemorySegment target);
}
