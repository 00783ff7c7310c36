/** Emulated links between ranks of one JVM, which delay, lose or repeat messages as a slow or unreliable network would. */
@NullMarked
package millrace.actors.link;

import org.jspecify.annotations.NullMarked;
