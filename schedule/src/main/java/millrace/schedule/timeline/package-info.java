/** What happened when, simulated or measured: one form for both, so that they can be laid side by side. */
@NullMarked
package millrace.schedule.timeline;

import org.jspecify.annotations.NullMarked;
