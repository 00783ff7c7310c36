package millrace.actors.cluster;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import millrace.actors.access.Credential;
import millrace.actors.access.SignedText;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.keeper.Electors;
import millrace.nn.choice.KernelChoices;

/**
 * All that a cluster needs to know of a run; small, because each worker makes its stages, weights and data from it.
 *
 * @param id name of the run: ordering it again changes nothing
 * @param folder its folder, an absolute path; the same for all nodes where they share it, otherwise only where it was ordered
 * @param configuration the resolved settings, as HOCON
 * @param first a checkpoint to begin from while the run has none: an absolute path, or where nodes share no folder one that they
 *     find among those of the run
 * @param init weights to begin from, when there is no checkpoint: absolute path of a safetensors file
 * @param workers as many as should be there before it begins
 * @param keep checkpoints that stay, besides the best
 * @param pace how often it is saved within an epoch
 * @param tellEvery steps that the client must hear of: every so many, for each of these numbers; of others it hears now and
 *     then
 * @param copies on how many other nodes the state of a stage is kept since the last checkpoint; as many as there are at most
 * @param kernels how weight matrices are multiplied, where not as usual: on all nodes alike
 * @param keeping where its checkpoints are kept
 * @param data what the sets are like, and which files the settings name
 * @param credential who has ordered it, where nodes have roles by certificate
 */
public record RunOrder(
        String id,
        String folder,
        String configuration,
        Optional<String> first,
        Optional<String> init,
        int workers,
        int keep,
        CheckpointPace pace,
        Set<Integer> tellEvery,
        int copies,
        KernelChoices kernels,
        Keeping keeping,
        RunData data,
        Optional<Credential> credential) {
    /**
     * Where the checkpoints of a run are kept.
     *
     * @param sharing whether all nodes see the run's folder
     * @param electors where they do not: the run's nodes, a majority of which says who may write
     */
    public record Keeping(Sharing sharing, Electors electors) {
        /** In a folder that all nodes see. */
        public static final Keeping SHARED = new Keeping(Sharing.YES, Electors.NONE);
    }

    /** Whether all nodes see the run's folder. */
    public enum Sharing {
        /** It is found out before the run begins. */
        AUTO,
        YES,
        NO
    }

    public RunOrder {
        if (copies < 0) {
            throw new IllegalArgumentException("checkpoint.copies: " + copies + " (expected: 0 or more)");
        }
        if (workers < 1) {
            throw new IllegalArgumentException("workers: " + workers + " (expected: 1 or more)");
        }
        tellEvery = Set.copyOf(tellEvery);
        for (int steps : tellEvery) {
            if (steps < 1) {
                throw new IllegalArgumentException("told every: " + steps + " (expected: 1 or more steps)");
            }
        }
    }

    /** Of a run whose folder all nodes see, and whose data they know without being told. */
    public RunOrder(
            String id,
            String folder,
            String configuration,
            Optional<String> first,
            Optional<String> init,
            int workers,
            int keep,
            CheckpointPace pace,
            Set<Integer> tellEvery,
            int copies,
            KernelChoices kernels) {
        this(
                id,
                folder,
                configuration,
                first,
                init,
                workers,
                keep,
                pace,
                tellEvery,
                copies,
                kernels,
                Keeping.SHARED,
                RunData.UNTOLD,
                Optional.empty());
    }

    /** The same of one that multiplies as usual, with one copy. */
    public RunOrder(
            String id,
            String folder,
            String configuration,
            Optional<String> first,
            Optional<String> init,
            int workers,
            int keep,
            CheckpointPace pace,
            Set<Integer> tellEvery) {
        this(id, folder, configuration, first, init, workers, keep, pace, tellEvery, 1, KernelChoices.NONE);
    }

    /** The same, with what is to be known of its data. */
    public RunOrder over(RunData what) {
        return with(first, keeping, what, credential);
    }

    /** The same, signed. */
    public RunOrder by(Optional<Credential> who) {
        return with(first, keeping, data, who);
    }

    /** The same, kept otherwise. */
    public RunOrder kept(Keeping how) {
        return with(first, how, data, credential);
    }

    /** The same, begun from another checkpoint. */
    public RunOrder from(Optional<String> checkpoint) {
        return with(checkpoint, keeping, data, credential);
    }

    private RunOrder with(Optional<String> from, Keeping how, RunData what, Optional<Credential> who) {
        return new RunOrder(
                id, folder, configuration, from, init, workers, keep, pace, tellEvery, copies, kernels, how, what, who);
    }

    /** What is signed of it: everything, in a form that is the same on every node. */
    public String signedText() {
        List<String> parts = List.of(
                "run",
                id,
                folder,
                configuration,
                first.orElse(""),
                init.orElse(""),
                String.valueOf(workers),
                String.valueOf(keep),
                String.valueOf(pace.interval().toMillis()),
                pace.overhead().toString(),
                new TreeSet<>(tellEvery).toString(),
                String.valueOf(copies),
                kernels.texts().toString(),
                keeping.sharing().name(),
                // the first of them counts more than the others
                SignedText.of(keeping.electors().nodes()),
                data.signedText());
        return SignedText.of(parts);
    }

    /** Whether its checkpoints are in its folder, which all nodes see. */
    public boolean isShared() {
        return keeping.sharing() == Sharing.YES;
    }

    /** Whether the client must hear of a step. */
    boolean tells(long step) {
        return tellEvery.stream().anyMatch(steps -> step % steps == 0);
    }
}
