/** Training on several nodes from the command line: starting them, asking for a run, breaking them on purpose. */
@NullMarked
package millrace.app.cluster;

import org.jspecify.annotations.NullMarked;
