/**
 * Runs as jobs of a cluster: which of them wait, which have which workers, and what became of those that are over. {@code JobQueue}
 * decides, without actors and without a clock; {@code JobManager} is the actor around it, and makes a coordinator for each run
 * that is under way; {@code JobBook} keeps the jobs on every node.
 */
@NullMarked
package millrace.actors.jobs;

import org.jspecify.annotations.NullMarked;
