package millrace.actors.rank;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a rank has of the exchange of one stage's gradients for one optimizer step: the replicas' shares of the parts that are
 * its own to add up, and the sums of all parts. Says what can be done next, and what came before.
 */
final class PartSums {
    private final int replicas;
    private final int own;
    // by bucket, and by replica
    private final @Nullable Tensor[][] shares;
    private final @Nullable Tensor[][] sums;
    private final boolean[][] accepted;
    private final boolean[] complete;
    private final boolean[] added;
    // by replica; taken off for the step
    private final @Nullable Tensor[] statistics;
    private boolean allStatistics;
    private final Deque<Deed> due = new ArrayDeque<>();
    private int open;

    /** What can be done. */
    sealed interface Deed {
        /** All replicas' shares of a part are here: the rank adds them up. */
        record Add(int bucket, List<Tensor> shares) implements Deed {}

        /** A sum is here: the rank makes it a part of its gradients. */
        record Accept(int bucket, int owner, Tensor sum) implements Deed {}
    }

    /**
     * @param own replica of the rank
     * @param hasStatistics whether the stage has running statistics
     */
    PartSums(int buckets, int replicas, int own, boolean hasStatistics) {
        this.replicas = replicas;
        this.own = own;
        this.shares = new @Nullable Tensor[buckets][replicas];
        this.sums = new @Nullable Tensor[buckets][replicas];
        this.accepted = new boolean[buckets][replicas];
        this.complete = new boolean[buckets];
        this.added = new boolean[buckets];
        this.statistics = new @Nullable Tensor[replicas];
        this.allStatistics = !hasStatistics;
        this.open = buckets * replicas;
    }

    /** The own gradients of a bucket are complete, and what others own of them has been sent. */
    void completed(int bucket, Tensor ownShare) {
        complete[bucket] = true;
        boolean _ = share(bucket, own, ownShare);
    }

    /** Takes a share over; false when it was here before. */
    boolean share(int bucket, int replica, Tensor tensor) {
        require(bucket, replica);
        if (added[bucket] || shares[bucket][replica] != null) {
            return false;
        }
        shares[bucket][replica] = tensor;
        if (!Arrays.asList(shares[bucket]).contains(null)) {
            added[bucket] = true;
            due.add(new Deed.Add(bucket, List.of(shares[bucket])));
            Arrays.fill(shares[bucket], null);
        }
        return true;
    }

    /**
     * Takes a sum over; false when it was here before.
     *
     * @throws IllegalStateException when the own share of it has not been sent
     */
    boolean sum(int bucket, int owner, Tensor tensor) {
        require(bucket, owner);
        if (!complete[bucket]) {
            throw new IllegalStateException("sum of bucket " + bucket + " from replica " + owner
                    + " (expected: after the own gradients are complete)");
        }
        if (accepted[bucket][owner] || sums[bucket][owner] != null) {
            return false;
        }
        sums[bucket][owner] = tensor;
        due.add(new Deed.Accept(bucket, owner, tensor));
        return true;
    }

    /** Takes a replica's statistics over, the own ones too; false when they were here before. */
    boolean statistics(int replica, Tensor tensor) {
        if (replica >= replicas) {
            throw new IllegalStateException(
                    "statistics of replica " + replica + " (expected: of " + replicas + " replicas)");
        }
        if (allStatistics || statistics[replica] != null) {
            return false;
        }
        statistics[replica] = tensor;
        allStatistics = !Arrays.asList(statistics).contains(null);
        return true;
    }

    private void require(int bucket, int replica) {
        if (bucket >= complete.length || replica >= replicas) {
            throw new IllegalStateException("bucket " + bucket + " of replica " + replica + " (expected: of "
                    + complete.length + " buckets and " + replicas + " replicas)");
        }
    }

    /** Takes off the next deed; null where there is none. */
    @Nullable
    Deed next() {
        return due.poll();
    }

    /** A sum has become a part of the gradients, and is given up. */
    void accepted(int bucket, int owner) {
        accepted[bucket][owner] = true;
        sums[bucket][owner] = null;
        open--;
    }

    /** Takes off the statistics of all replicas, the first to the last; none where the stage has none. */
    List<Tensor> takeStatistics() {
        List<Tensor> taken = new ArrayList<>();
        for (Tensor tensor : statistics) {
            if (tensor != null) {
                taken.add(tensor);
            }
        }
        Arrays.fill(statistics, null);
        return taken;
    }

    /** Whether all gradients of the stage are sums over all replicas, and the statistics of all are here. */
    boolean isDone() {
        return open == 0 && allStatistics;
    }
}
