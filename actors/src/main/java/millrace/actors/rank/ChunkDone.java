package millrace.actors.rank;

/**
 * A credit: the last stage is through with chunks of an evaluation, so the first stage may send as many more.
 *
 * @param through chunks that it is through with in all, so that a credit that is lost or comes twice gives no wrong number
 */
public record ChunkDone(EvaluationId id, int through) implements LineMessage {}
