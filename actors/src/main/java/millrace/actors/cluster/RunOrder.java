package millrace.actors.cluster;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import millrace.nn.choice.KernelChoices;

/**
 * All that a cluster needs to know of a run; small, because each worker makes its stages, weights and data from it.
 *
 * @param id name of the run: ordering it again changes nothing
 * @param folder its folder, an absolute path that is the same for all nodes
 * @param configuration the resolved settings, as HOCON
 * @param first a checkpoint to begin from while the folder has none: absolute path
 * @param init weights to begin from, when there is no checkpoint: absolute path of a safetensors file
 * @param workers as many as should be there before it begins
 * @param keep checkpoints that stay, besides the best
 * @param interval between two checkpoints within an epoch, about
 * @param tellEvery steps that the client must hear of: every so many, for each of these numbers; of others it hears now and
 *     then
 * @param copies on how many other nodes the state of a stage is kept since the last checkpoint; as many as there are at most
 * @param kernels how weight matrices are multiplied, where not as usual: on all nodes alike
 */
public record RunOrder(
        String id,
        String folder,
        String configuration,
        Optional<String> first,
        Optional<String> init,
        int workers,
        int keep,
        Duration interval,
        Set<Integer> tellEvery,
        int copies,
        KernelChoices kernels) {
    public RunOrder {
        if (copies < 0) {
            throw new IllegalArgumentException("checkpoint.copies: " + copies + " (expected: 0 or more)");
        }
        if (workers < 1) {
            throw new IllegalArgumentException("workers: " + workers + " (expected: 1 or more)");
        }
        if (!interval.isPositive()) {
            throw new IllegalArgumentException("checkpoint.interval: " + interval + " (expected: a time above 0)");
        }
        tellEvery = Set.copyOf(tellEvery);
        for (int steps : tellEvery) {
            if (steps < 1) {
                throw new IllegalArgumentException("told every: " + steps + " (expected: 1 or more steps)");
            }
        }
    }

    /** Of a run that multiplies as usual, with one copy. */
    public RunOrder(
            String id,
            String folder,
            String configuration,
            Optional<String> first,
            Optional<String> init,
            int workers,
            int keep,
            Duration interval,
            Set<Integer> tellEvery) {
        this(id, folder, configuration, first, init, workers, keep, interval, tellEvery, 1, KernelChoices.NONE);
    }

    /** Whether the client must hear of a step. */
    boolean tells(long step) {
        return tellEvery.stream().anyMatch(steps -> step % steps == 0);
    }
}
