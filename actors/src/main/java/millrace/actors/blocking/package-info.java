/** Work that may block, off the actors' threads. */
@NullMarked
package millrace.actors.blocking;

import org.jspecify.annotations.NullMarked;
