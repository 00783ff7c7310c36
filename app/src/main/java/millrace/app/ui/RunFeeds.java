package millrace.app.ui;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The runs that the page shows. */
public final class RunFeeds {
    /** Runs that are shown at most, those that go on always. */
    static final int MOST = 256;

    private final List<RunFeed> feeds = new ArrayList<>();

    /** One more; it takes the place of one that is over and had its name, and where there are too many, the oldest that is over goes. */
    public synchronized RunFeed add(RunFeed feed) {
        feeds.removeIf(other -> other.isOver() && other.name().equals(feed.name()));
        while (feeds.size() >= MOST && feeds.stream().anyMatch(RunFeed::isOver)) {
            feeds.remove(feeds.stream().filter(RunFeed::isOver).findFirst().orElseThrow());
        }
        feeds.add(feed);
        return feed;
    }

    /** All of them, in the order in which they came. */
    public synchronized List<RunFeed> all() {
        return List.copyOf(feeds);
    }

    /** The run of a name; of several the newest. */
    public synchronized Optional<RunFeed> named(String name) {
        return feeds.reversed().stream()
                .filter(feed -> feed.name().equals(name))
                .findFirst();
    }
}
