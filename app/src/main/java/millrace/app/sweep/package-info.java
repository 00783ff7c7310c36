/** Many runs of one network with different settings: which ones, for how long, and how they compare. */
@NullMarked
package millrace.app.sweep;

import org.jspecify.annotations.NullMarked;
