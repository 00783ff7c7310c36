/** Training on several nodes from the command line: starting nodes, asking for a run, making nodes fail on purpose. */
@NullMarked
package millrace.app.cluster;

import org.jspecify.annotations.NullMarked;
