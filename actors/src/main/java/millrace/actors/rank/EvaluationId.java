package millrace.actors.rank;

/**
 * One evaluation of a set. Packets carry it, because an activation may overtake the trainer's word that the evaluation
 * begins: messages keep their order only between one sender and one receiver.
 *
 * @param number ascending within a run
 * @param set name of the data set, as the run's plan knows it
 * @param step batches whose weights are evaluated; never fewer than those of the evaluation before
 */
public record EvaluationId(long number, String set, long step) {}
