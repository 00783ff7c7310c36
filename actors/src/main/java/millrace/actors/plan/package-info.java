/** What is decided before a run begins ({@link millrace.actors.plan.RunPlan}), and the step that it begins at. */
@NullMarked
package millrace.actors.plan;

import org.jspecify.annotations.NullMarked;
