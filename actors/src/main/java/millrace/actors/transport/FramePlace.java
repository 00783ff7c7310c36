package millrace.actors.transport;

import millrace.nn.tensor.ElementType;

/**
 * Where a frame belongs. The payload of a message is cut into equal slices but for the last, one a frame, and frames are
 * numbered through all messages of a link: so a frame says all about its message's frames.
 *
 * @param number of the frame, from 0
 * @param transmission counts all frames sent on the link, also those sent again, from 0: the receiver sends back the
 *     highest, which tells the sender what was lost from what is still under way
 * @param first number of the message's first frame
 * @param slice bytes of payload in each frame of the message but the last
 */
public record FramePlace(long number, long transmission, long first, int slice) {
    public FramePlace {
        if (first < 0 || number < first || transmission < 0) {
            throw new IllegalArgumentException("frame: number " + number + ", first " + first + ", transmission "
                    + transmission + " (expected: numbers of 0 or more, the first not above the number)");
        }
        if (slice < ElementType.MOST_BYTES || slice % ElementType.MOST_BYTES != 0) {
            throw new IllegalArgumentException("slice: " + slice + " (expected: a multiple of " + ElementType.MOST_BYTES
                    + ", so that no element is in two frames)");
        }
    }

    /** Which of its message's frames it is, from 0. */
    public long index() {
        return number - first;
    }

    /** Where its part of the payload begins. */
    public long offset() {
        return index() * slice;
    }

    /** Length of its part of a payload. */
    public long bytes(long payload) {
        return Math.min(slice, payload - offset());
    }

    /** How many frames a payload takes; a message without one takes a frame as well. */
    public static long frames(long payload, int slice) {
        return Math.max(1, Math.ceilDiv(payload, (long) slice));
    }
}
