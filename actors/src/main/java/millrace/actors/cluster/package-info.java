/**
 * A run on several nodes: workers that host ranks, the trainer that places them and keeps the run alive, and the client
 * that asked for it.
 */
@NullMarked
package millrace.actors.cluster;

import org.jspecify.annotations.NullMarked;
