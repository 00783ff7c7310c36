package millrace.app.ui;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * The lines of a run as server-sent events, each with its number as the id, so that a browser that has lost the connection goes on after
 * the last one. A stream has a thread of its own, a virtual one, which waits for a slow reader and for nobody else.
 */
final class EventStream {
    private static final int MOST_AT_ONCE = 256;
    // a reader that has gone is noticed when something is written to it
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(5);

    private EventStream() {}

    /**
     * Writes until the run is over or the reader has gone.
     *
     * @param after number of the last line that the reader has
     * @throws IOException when the reader has gone, or takes nothing for long
     */
    static void write(RunFeed run, long after, OutputStream out) throws IOException {
        long last = after;
        try {
            while (true) {
                List<RunFeed.Line> lines = run.await(last, MOST_AT_ONCE, SIGN_OF_LIFE);
                StringBuilder text = new StringBuilder();
                for (RunFeed.Line line : lines) {
                    text.append("id: ").append(line.number()).append('\n');
                    text.append("data: ").append(line.text()).append("\n\n");
                    last = line.number();
                }
                boolean end = lines.isEmpty() && run.isOver();
                if (end) {
                    text.append("event: end\ndata: {}\n\n");
                } else if (lines.isEmpty()) {
                    text.append(": still here\n\n");
                }
                out.write(text.toString().getBytes(StandardCharsets.UTF_8));
                out.flush();
                if (end) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
