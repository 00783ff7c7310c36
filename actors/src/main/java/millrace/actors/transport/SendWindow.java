package millrace.actors.transport;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import millrace.actors.rank.LineMessage;
import millrace.actors.transport.Acknowledged.Range;

/**
 * The sending end of a link: which frames to send now, and again. Pure but for the time that is passed in.
 *
 * <p>A frame is sent again when the receiver has something that was sent after it. When nothing comes back for a while,
 * one frame is sent again, the oldest: the answer to it tells all that is missing. More would only lengthen the queue of
 * a link that is slow; for the same reason the while is at least two round trips, as measured (Jacobson, Karels:
 * Congestion Avoidance and Control, 1988), and doubles with each answer that does not come.
 */
final class SendWindow {
    private static final int LARGEST_SHIFT = 20;

    private final TransportSettings settings;
    private final Deque<Outgoing> waiting = new ArrayDeque<>();
    // sent, and not before the first frame that the receiver lacks
    private final NavigableMap<Long, Flying> flying = new TreeMap<>();
    private long numbered;
    private long sent;
    private long transmissions;
    private long flyingBytes;
    private double roundTrip;
    private long heardAt;
    private int unheard;

    /** A frame to be sent, for the {@code attempt}th time. */
    record Transmission(Outgoing message, long number, long transmission, int attempt, long bytes) {}

    private static final class Flying {
        final Outgoing message;
        final long number;
        final long bytes;
        long transmission;
        int attempts;
        long sentAt;
        boolean arrived;

        Flying(Outgoing message, long number) {
            this.message = message;
            this.number = number;
            this.bytes = new FramePlace(number, 0, message.first(), message.slice()).bytes(message.payload());
        }
    }

    SendWindow(TransportSettings settings) {
        this.settings = settings;
    }

    /** Takes a message, and the hold of its tensor. */
    void offer(LineMessage content) {
        Outgoing message = new Outgoing(content, numbered, settings.longestSlice());
        numbered += message.frames();
        waiting.add(message);
    }

    /** The frames that the window lets through now. */
    List<Transmission> fill(long now) {
        List<Transmission> result = new ArrayList<>();
        while (!waiting.isEmpty()) {
            Outgoing message = waiting.getFirst();
            Flying frame = new Flying(message, sent);
            boolean room = flying.size() < settings.windowFrames() && flyingBytes + frame.bytes <= settings.window();
            if (!room) {
                return result;
            }
            if (flying.isEmpty()) {
                heard(now);
            }
            flying.put(sent, frame);
            flyingBytes += frame.bytes;
            result.add(transmitted(frame, now));
            sent++;
            if (sent == message.first() + message.frames()) {
                waiting.removeFirst();
            }
        }
        return result;
    }

    /** Notes what has arrived; returns what must be sent again. What was never sent cannot have arrived: ignored. */
    List<Transmission> acknowledged(Acknowledged ack, long now) {
        if (ack.next() > sent || ack.transmission() >= transmissions) {
            return List.of();
        }
        for (Flying frame : flying.headMap(ack.next()).values()) {
            flyingBytes -= frame.bytes;
            arrived(frame, now);
        }
        flying.headMap(ack.next()).clear();
        for (Range range : ack.received()) {
            flying.subMap(range.from(), range.to()).values().forEach(frame -> arrived(frame, now));
        }
        List<Transmission> lost = new ArrayList<>();
        for (Flying frame : flying.values()) {
            if (!frame.arrived && frame.transmission <= ack.transmission() && ack.knows(frame.number)) {
                lost.add(transmitted(frame, now));
            }
        }
        return lost;
    }

    private void arrived(Flying frame, long now) {
        if (frame.arrived) {
            return;
        }
        frame.arrived = true;
        frame.message.frameArrived();
        heard(now);
        if (frame.attempts == 1) {
            // of a frame sent twice nobody knows which one was answered
            double sample = now - frame.sentAt;
            roundTrip = roundTrip == 0 ? sample : 0.875 * roundTrip + 0.125 * sample;
        }
    }

    private void heard(long now) {
        heardAt = now;
        unheard = 0;
    }

    /** What to send again because nothing has been heard for too long: one frame, or none. */
    List<Transmission> overdue(long now) {
        if (flying.isEmpty() || untilOverdue(now).isPositive()) {
            return List.of();
        }
        heardAt = now;
        unheard++;
        Flying oldest = flying.values().stream()
                .filter(frame -> !frame.arrived)
                .findFirst()
                .orElseGet(() -> flying.firstEntry().getValue());
        return List.of(transmitted(oldest, now));
    }

    /** How long to wait before {@link #overdue} has to be asked. */
    Duration untilOverdue(long now) {
        double twoTrips = 2 * roundTrip;
        double least = Math.max(settings.resendAfter().toNanos(), twoTrips);
        double most = Math.max(settings.resendAtMost().toNanos(), twoTrips);
        double patience = Math.min(most, least * (1L << Math.min(unheard, LARGEST_SHIFT)));
        return Duration.ofNanos((long) patience - (now - heardAt));
    }

    private Transmission transmitted(Flying frame, long now) {
        frame.transmission = transmissions++;
        frame.attempts++;
        frame.sentAt = now;
        return new Transmission(frame.message, frame.number, frame.transmission, frame.attempts, frame.bytes);
    }

    /** Whether everything has arrived. */
    boolean isIdle() {
        return flying.isEmpty() && waiting.isEmpty();
    }

    /** Bytes of payload under way. */
    long flyingBytes() {
        return flyingBytes;
    }

    /** Gives up all holds. */
    void close() {
        flying.values().forEach(frame -> frame.message.withdraw());
        waiting.forEach(Outgoing::withdraw);
        flying.clear();
        waiting.clear();
    }
}
