/**
 * What happened when, simulated or measured. Both have one form, so that they can be laid side by side. Public API.
 */
@NullMarked
package millrace.schedule.timeline;

import org.jspecify.annotations.NullMarked;
