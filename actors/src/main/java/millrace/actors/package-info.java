/** Training as Java programs call it. */
@NullMarked
package millrace.actors;

import org.jspecify.annotations.NullMarked;
