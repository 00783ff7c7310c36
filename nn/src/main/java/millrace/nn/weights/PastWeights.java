package millrace.nn.weights;

/**
 * Weights that a forward to come will use although newer ones are there.
 *
 * @param version steps made since the start of the stream
 * @param ahead steps that they are predicted ahead of the version, 0 for the version itself
 */
public record PastWeights(long version, long ahead) {}
