/**
 * One member of a cluster: its settings, how it comes into the cluster and leaves it, what it must agree on with the others,
 * its encryption, and the actors that its roles ask for. What these do in a run is in {@link millrace.actors.cluster}.
 */
@NullMarked
package millrace.actors.node;

import org.jspecify.annotations.NullMarked;
