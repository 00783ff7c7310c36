/** What a run does, whoever executes it: plan, course, events and result; and the sequential run without actors. */
@NullMarked
package millrace.actors.run;

import org.jspecify.annotations.NullMarked;
