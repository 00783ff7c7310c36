package millrace.app.cluster;

import java.util.List;
import java.util.Optional;

/** The nodes that a command has started for its run, besides its own. */
public interface Nodes extends AutoCloseable {
    /** None of its own. */
    Nodes NONE = new Nodes() {
        @Override
        public List<Description> describe() {
            return List.of();
        }

        @Override
        public void close() {}
    };

    /**
     * One node.
     *
     * @param address host:port
     * @param pid of its process, if it has one of its own
     */
    record Description(String address, Optional<Long> pid) {}

    /** The nodes in the order in which they were started. */
    List<Description> describe();

    /** Ends what is still there; the run is over. */
    @Override
    void close();
}
