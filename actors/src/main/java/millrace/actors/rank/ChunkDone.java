package millrace.actors.rank;

/**
 * A credit: chunks of an evaluation have come out of the line, so the first stages may send as many more.
 *
 * @param through chunks that have come out so far, of all replicas of the line together: a credit that is lost or comes twice
 *     gives no wrong number
 */
public record ChunkDone(EvaluationId id, int through) implements LineMessage {}
