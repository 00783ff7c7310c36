package millrace.app.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import millrace.actors.cluster.ClusterRun;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.node.ClusterNode;
import millrace.app.output.OutputLost;
import millrace.app.output.RunOutput;
import millrace.app.output.json.JsonOutput;
import millrace.app.output.text.QuietOutput;
import millrace.app.output.text.TextOutput;
import org.jspecify.annotations.Nullable;

/** Tells a run that somebody else has submitted, as {@code train} tells its own, without its beginning: that needs the data. */
final class Following implements TrainingListener, AutoCloseable {
    /** This command waits no longer; the run goes on. */
    static final class Left extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private final RunOutput output;
    private @Nullable ClusterRun run;
    private @Nullable OutputLost lost;

    private Following(RunOutput output) {
        this.output = output;
    }

    /** For who reads standard output. */
    static Following of(OutputOptions options) {
        return new Following(
                switch (options.audience()) {
                    case TERMINAL -> TextOutput.following(options.out(), true);
                    case PLAIN -> TextOutput.following(options.out(), false);
                    case JSON -> JsonOutput.following(options.out());
                    case QUIET -> QuietOutput.following(options.out(), options.err());
                });
    }

    /** Follows a run from what is known of its beginning. */
    ClusterRun attach(ClusterNode node, String name) {
        ClusterRun attached = node.jobs().attach(name, this);
        boolean late;
        synchronized (this) {
            run = attached;
            late = lost != null;
        }
        if (late) {
            lose(Optional.ofNullable(lost).orElseThrow());
        }
        return attached;
    }

    @Override
    public void onEvent(TrainingEvent event) {
        try {
            output.on(event);
        } catch (OutputLost e) {
            lose(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Nobody reads it any more: that ends this command, not the run. */
    private synchronized void lose(OutputLost why) {
        lost = why;
        if (run != null) {
            run.abandon(why);
        }
    }

    @Override
    public void close() {
        try {
            output.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (OutputLost _) {
            // it is known already
        }
    }
}
