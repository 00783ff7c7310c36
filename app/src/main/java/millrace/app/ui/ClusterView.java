package millrace.app.ui;

import millrace.app.output.json.JsonLine;

/** What the page shows of a cluster, and asks of it. Its methods may block for some seconds. */
public interface ClusterView {
    /** Its members, and what they do: what {@code millrace status --json} tells, and under {@code jobs} what {@code millrace jobs --json} does. */
    JsonLine status();

    /**
     * Lets a job end after the steps that are under way, or takes it from the queue.
     *
     * @throws IllegalArgumentException when there is none of that name, or this process may not
     */
    void cancel(String job);

    /**
     * Lets a node leave when its ranks have gone on elsewhere.
     *
     * @param address host:port
     * @throws IllegalArgumentException when there is none of that address, or this process may not
     */
    void drain(String address);
}
