/**
 * Looking at the ranks of a run while they work, wherever they are. It is lossy: nobody who looks is waited for, and what nobody looks at in
 * time is forgotten.
 */
@NullMarked
package millrace.actors.observe;

import org.jspecify.annotations.NullMarked;
