/** What is decided before a run begins ({@link millrace.actors.plan.RunPlan}), and where it begins or goes on. */
@NullMarked
package millrace.actors.plan;

import org.jspecify.annotations.NullMarked;
