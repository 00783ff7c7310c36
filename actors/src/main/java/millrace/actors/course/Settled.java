package millrace.actors.course;

import java.util.Map;
import millrace.actors.plan.CourseState;
import millrace.nn.infer.Evaluation;

/**
 * What is known of a run after a step, all that belongs to it included: a checkpoint of the step has it.
 *
 * @param step that it was made of
 * @param progress how far the course has come with it
 * @param evaluations the latest by name of the set
 * @param improved whether the watched loss is the best so far
 */
public record Settled(long step, CourseState progress, Map<String, Evaluation> evaluations, boolean improved) {}
