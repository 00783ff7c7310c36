package millrace.actors.link;

import millrace.nn.random.RandomStream;

/**
 * One attempt to send a piece of a message, as a link between nodes sees it: with the seed it decides what happens to it.
 *
 * @param link name of the link
 * @param number of the frame
 * @param attempt counts from 1; each draws anew, otherwise a frame once lost would be lost for ever
 */
public record LinkFrame(String link, long number, int attempt) {
    /** The attempt's own random numbers. */
    RandomStream draws(long seed) {
        return RandomStream.of(seed, RandomStream.Purpose.LINK, link.hashCode(), number, attempt);
    }
}
