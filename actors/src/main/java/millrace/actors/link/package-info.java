/** Emulated links between ranks: what a slow or unreliable network would do to the messages, in one JVM. */
@NullMarked
package millrace.actors.link;

import org.jspecify.annotations.NullMarked;
