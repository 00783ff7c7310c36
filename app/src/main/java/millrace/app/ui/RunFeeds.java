package millrace.app.ui;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The runs that the page shows. */
public final class RunFeeds {
    private final List<RunFeed> feeds = new ArrayList<>();

    /** One more. */
    public synchronized RunFeed add(RunFeed feed) {
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
