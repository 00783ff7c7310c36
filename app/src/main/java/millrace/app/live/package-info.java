/** What the ranks of a running line do now, put together for who watches: what they wait for, and how it differs from a simulation. */
@NullMarked
package millrace.app.live;

import org.jspecify.annotations.NullMarked;
