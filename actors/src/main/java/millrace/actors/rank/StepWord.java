package millrace.actors.rank;

import millrace.actors.plan.CourseState;

/**
 * What the trainer says when all ranks have all gradients of a batch, where they step together: step now. Whoever has heard it can
 * tell it to others.
 *
 * @param step batches made with this one
 * @param squares sum of squares over all parameters of the model's gradient, where it is clipped by that; otherwise 0
 * @param course how far the run has come with this batch; its terms need not be there
 */
public record StepWord(long step, double squares, CourseState course) {}
