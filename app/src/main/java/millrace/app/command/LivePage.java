package millrace.app.command;

import com.typesafe.config.Config;
import java.util.Optional;
import millrace.app.output.Outputs;
import millrace.app.ui.RunFeed;
import millrace.app.ui.RunFeeds;
import millrace.app.ui.UiOutput;
import millrace.app.ui.UiServer;

/** The page of one run that goes on, from its beginning to its end; nothing where none is wanted. */
final class LivePage implements AutoCloseable {
    private final Optional<UiServer> server;
    private final RunFeed feed;
    private volatile Runnable stop = () -> {};

    private LivePage(Optional<UiServer> server, RunFeeds feeds, String run, Config settings) {
        this.server = server;
        this.feed = feeds.add(RunFeed.live(run, UiOptions.flat(settings), () -> stop.run()));
    }

    /**
     * Opens it.
     *
     * @param run its name
     * @throws IllegalArgumentException when the server cannot be started
     */
    static LivePage open(UiOptions options, String run, Config settings, OutputOptions output) {
        RunFeeds feeds = new RunFeeds();
        return new LivePage(options.start(feeds, output), feeds, run, settings);
    }

    /**
     * From now on the page is told what the run's outputs are.
     *
     * @param every steps that they tell: every so many; 0 where nobody has said
     */
    void follow(Outputs outputs, int every) {
        if (server.isPresent()) {
            outputs.add(new UiOutput(feed, every));
        }
    }

    /** What ends the run where somebody asks for it on the page. */
    void stopBy(Runnable toStop) {
        stop = toStop;
    }

    @Override
    public void close() {
        server.ifPresent(UiServer::close);
    }
}
