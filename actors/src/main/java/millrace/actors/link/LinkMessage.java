package millrace.actors.link;

import millrace.nn.random.RandomStream;
import millrace.schedule.Action;

/**
 * A message as a link sees it: with the seed it decides all that happens to the message.
 *
 * @param evaluation whether it belongs to an evaluation, not to training
 * @param number of the batch, or of the evaluation
 * @param releases what its receiver may do with it
 */
public record LinkMessage(boolean evaluation, long number, Action releases) {
    /** The message's own random numbers. */
    RandomStream draws(long seed) {
        int kind = switch (releases.kind()) {
            case F -> 0;
            case B, I -> 1;
            // the share of a tied weight's gradient
            case W -> 3;
        };
        return RandomStream.of(
                seed,
                RandomStream.Purpose.LINK,
                number,
                releases.stage(),
                releases.microBatch(),
                evaluation ? 2 : kind);
    }
}
