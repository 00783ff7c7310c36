package millrace.app.command;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.Run;
import millrace.app.live.LivePipeline;
import millrace.app.metrics.Metrics;
import millrace.app.metrics.Metrics.OfRun;
import millrace.app.output.Outputs;
import millrace.app.ui.ClusterView;
import millrace.app.ui.RunFeed;
import millrace.app.ui.RunFeeds;
import millrace.app.ui.UiOutput;
import millrace.app.ui.UiServer;

/** The page of a command while it trains, one run or several, one after the other; nothing where none is wanted. */
final class LivePage implements AutoCloseable {
    private final Optional<Open> open;

    /** What there is where one is wanted: most commands are not to wait for it when they start. */
    private record Open(UiServer server, RunFeeds feeds, Metrics metrics) {
        void close() {
            server.close();
            metrics.close();
        }
    }

    private LivePage(Optional<Open> open) {
        this.open = open;
    }

    /**
     * Opens it.
     *
     * @throws IllegalArgumentException when the server cannot be started
     */
    static LivePage open(UiOptions options, OutputOptions output) {
        return open(options, output, Optional.empty(), () -> true);
    }

    /**
     * The same with a view of the cluster that trains.
     *
     * @param ready whether this process does what it is there for
     */
    static LivePage open(
            UiOptions options, OutputOptions output, Optional<ClusterView> cluster, BooleanSupplier ready) {
        if (!options.isWanted()) {
            return new LivePage(Optional.empty());
        }
        RunFeeds feeds = new RunFeeds();
        Metrics metrics = new Metrics();
        UiServer.Site site = new UiServer.Site(feeds, new SimulationQuery(), metrics::scrape, ready, cluster);
        try {
            return new LivePage(Optional.of(new Open(options.start(site, output), feeds, metrics)));
        } catch (IllegalArgumentException e) {
            metrics.close();
            throw e;
        }
    }

    /** Whether one is wanted. */
    boolean isOpen() {
        return open.isPresent();
    }

    /** The ranks that work in this process, whatever runs they are of, and frames that were sent once more. */
    void count(Supplier<List<OfRun>> working, LongSupplier retransmissions) {
        open.ifPresent(page -> {
            page.metrics().ranks(working);
            page.metrics().retransmissions(retransmissions);
        });
    }

    /** A run that will begin. */
    Shown show(String run, Config settings) {
        return new Shown(run, settings);
    }

    /** A run on the page. */
    final class Shown {
        private final String name;
        private final RunFeed feed;
        private volatile Runnable stop = () -> {};
        private volatile Runnable save = () -> {};

        private Shown(String name, Config settings) {
            this.name = name;
            this.feed = RunFeed.live(name, UiOptions.flat(settings), () -> stop.run(), () -> save.run());
        }

        /**
         * From now on the page is told what the run's outputs are.
         *
         * @param every steps that they tell: every so many; 0 where nobody has said
         */
        Shown follow(Outputs outputs, int every) {
            open.ifPresent(page -> {
                page.feeds().add(feed);
                outputs.add(new UiOutput(feed, every));
                outputs.add(page.metrics().run(name));
            });
            return this;
        }

        /** What a run without outputs is told to; only the page hears it. */
        Outputs outputs() {
            Outputs outputs = Outputs.none();
            follow(outputs, 0);
            return outputs;
        }

        /** The run has begun: its ranks can be watched, and it can be asked to end. */
        void watch(RunPlan plan, Run run) {
            stopBy(run);
            if (isOpen()) {
                run.observer().ifPresent(observer -> feed.watch(new LivePipeline(plan, observer)));
            }
        }

        /** It can be asked to end. */
        void stopBy(Run run) {
            stop = run::interrupt;
            save = run::save;
        }

        /** The run's ranks are those that work in this process. */
        void count(Run run) {
            open.ifPresent(page -> page.metrics()
                    .ranks(() -> run.counted().stream()
                            .map(record -> new OfRun(name, record))
                            .toList()));
        }
    }

    @Override
    public void close() {
        open.ifPresent(Open::close);
    }
}
