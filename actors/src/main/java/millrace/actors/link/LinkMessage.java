package millrace.actors.link;

import millrace.nn.random.RandomStream;

/**
 * A message as an emulated link sees it: with the link's seed it decides all that happens to the message.
 *
 * @param kind number of the kind of message
 * @param number of the batch, or of the evaluation
 * @param stage that the message is for
 * @param part micro-batch, chunk or replica
 */
public record LinkMessage(int kind, long number, int stage, int part) {
    /** The message's own random numbers. */
    RandomStream draws(long seed) {
        return RandomStream.of(seed, RandomStream.Purpose.LINK, number, stage, part, kind);
    }
}
