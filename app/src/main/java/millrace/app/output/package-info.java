/** How a run is told: what all outputs have in common; each of them has a room of its own below. */
@NullMarked
package millrace.app.output;

import org.jspecify.annotations.NullMarked;
