package millrace.actors.cluster;

/**
 * A node's process has ended, found out before the cluster has; told on the event stream of every other node.
 *
 * @param address of the node, as host:port
 */
public record NodeEnded(String address) {}
