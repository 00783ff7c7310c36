/** The stage actor: a pure core that turns arrivals into effects, and the thin actor around it. */
@NullMarked
package millrace.actors.stage;

import org.jspecify.annotations.NullMarked;
