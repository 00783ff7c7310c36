/**
 * A run on several nodes: {@link millrace.actors.cluster.Worker} has the ranks of one node, {@link
 * millrace.actors.cluster.Coordinator} keeps the run alive as {@code Recovery} decides, and {@link
 * millrace.actors.cluster.Client} asks for a run and follows it. Membership of the cluster is in {@code millrace.actors.node}.
 */
@NullMarked
package millrace.actors.cluster;

import org.jspecify.annotations.NullMarked;
