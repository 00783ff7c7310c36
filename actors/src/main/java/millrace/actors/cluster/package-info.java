/**
 * A run on several nodes: {@link millrace.actors.cluster.Worker} hosts ranks, {@link millrace.actors.cluster.Coordinator} does
 * what {@code Recovery} decides to keep the run alive, {@link millrace.actors.cluster.Client} asks for the run and hears of it.
 * Who is in the cluster is the business of {@code millrace.actors.node}.
 */
@NullMarked
package millrace.actors.cluster;

import org.jspecify.annotations.NullMarked;
