package millrace.actors.transport;

import com.typesafe.config.Config;
import java.time.Duration;

/**
 * The block {@code millrace.transport}, explained in reference.conf.
 *
 * @param frame bytes of a frame, all included
 * @param window bytes of payload that may be unacknowledged
 * @param windowFrames frames that may be unacknowledged
 * @param acknowledgeAfter how long an acknowledgement may be put off
 * @param resendAfter time without an acknowledgement after which one is asked for
 * @param resendAtMost how far that time grows when none comes
 * @param largestTensor bytes
 */
public record TransportSettings(
        long frame,
        long window,
        int windowFrames,
        Duration acknowledgeAfter,
        Duration resendAfter,
        Duration resendAtMost,
        long largestTensor) {
    /** Room in a frame for everything but the payload: headers of ours and of Akka's. */
    public static final int HEADERS = 4096;

    private static final long LARGEST_FRAME = 1L << 30;

    public TransportSettings {
        if (frame < 2 * HEADERS || frame > LARGEST_FRAME) {
            throw new IllegalArgumentException("millrace.transport.frame: " + frame + " bytes (expected: " + 2 * HEADERS
                    + " to " + LARGEST_FRAME + ")");
        }
        if (window < frame || windowFrames < 1 || windowFrames > Reassembly.FURTHEST) {
            throw new IllegalArgumentException("millrace.transport.window: " + window + " bytes, " + windowFrames
                    + " frames (expected: at least one frame of " + frame + " bytes, at most " + Reassembly.FURTHEST
                    + " frames)");
        }
        if (!acknowledgeAfter.isPositive() || acknowledgeAfter.compareTo(resendAfter) >= 0) {
            throw new IllegalArgumentException("millrace.transport.acknowledge-after: " + acknowledgeAfter
                    + " (expected: above 0, below resend-after, " + resendAfter + ")");
        }
        if (!resendAfter.isPositive() || resendAtMost.compareTo(resendAfter) < 0) {
            throw new IllegalArgumentException("millrace.transport.resend-after: " + resendAfter + ", at most "
                    + resendAtMost + " (expected: above 0, and not above the most)");
        }
        if (largestTensor < 1) {
            throw new IllegalArgumentException(
                    "millrace.transport.largest-tensor: " + largestTensor + " (expected: above 0)");
        }
    }

    /** Reads the settings of an actor system. */
    public static TransportSettings of(Config system) {
        Config transport = system.getConfig("millrace.transport");
        return new TransportSettings(
                transport.getBytes("frame"),
                transport.getBytes("window"),
                transport.getInt("window-frames"),
                transport.getDuration("acknowledge-after"),
                transport.getDuration("resend-after"),
                transport.getDuration("resend-at-most"),
                transport.getBytes("largest-tensor"));
    }

    /** Whether so much must be acknowledged at once: an eighth of a window, so that the sender never waits for it. */
    boolean isMuch(long bytes, int frames) {
        return bytes >= window / 8 || frames >= windowFrames / 8;
    }

    /** Bytes of payload in a frame, whole cache lines. */
    public int longestSlice() {
        return (int) (frame - HEADERS) / 64 * 64;
    }
}
