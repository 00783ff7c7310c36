package millrace.app.ui;

import java.io.IOException;
import java.io.StringWriter;
import java.time.Duration;
import millrace.actors.event.TrainingEvent;
import millrace.app.output.RunOutput;
import millrace.app.output.json.JsonOutput;

/**
 * Tells the page of a run what {@code --json} tells a script, line by line. Where nobody has said how many steps are told, it takes as
 * many as a page can show, so that a run of thousands of steps a second is not slowed down.
 */
public final class UiOutput implements RunOutput {
    private static final Duration APART = Duration.ofMillis(50);

    private final RunFeed feed;
    private final boolean selects;
    private final StringWriter text = new StringWriter();
    private final RunOutput json;
    private long next = System.nanoTime();

    /** @param every steps to tell: every so many, or 0 for as many as can be shown */
    public UiOutput(RunFeed feed, int every) {
        this.feed = feed;
        this.selects = every == 0;
        this.json = JsonOutput.into(text, every == 0 ? 1 : every);
    }

    @Override
    public void on(TrainingEvent event) throws IOException {
        boolean step = event instanceof TrainingEvent.Step;
        if (step && selects) {
            long now = System.nanoTime();
            if (now - next < 0) {
                return;
            }
            next = now + APART.toNanos();
        }
        json.on(event);
        String line = text.toString().strip();
        text.getBuffer().setLength(0);
        if (!line.isEmpty()) {
            feed.tell(line, step);
        }
    }

    @Override
    public void close() {
        feed.end();
    }
}
