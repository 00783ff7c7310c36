package millrace.actors.rank;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.Packet.ReplicaGradient;
import millrace.actors.rank.Packet.ReplicaStatistics;
import millrace.actors.rank.Packet.ReplicaSum;
import millrace.actors.rank.PartSums.Deed;
import millrace.actors.rank.Work.Send;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.GradientParts;
import millrace.nn.weights.StageStatistics;
import millrace.schedule.Placement;

/**
 * Where the line has replicas: the ranks that hold a stage add up their gradients, so that they step alike and stay equal to
 * the bit. Each part of a stage's gradients has an owner among them. Whoever has made its gradients of a bucket of layers
 * sends each owner its part, while the backward goes on with the layers before; the owner adds up the parts of all replicas,
 * the first to the last, and sends everybody the sum. So a rank sends, and is sent, 2 (R - 1) / R of the stage's weights for
 * each optimizer step.
 */
final class ReplicaExchange {
    private final Placement placement;
    private final int rank;
    private final long runEpoch;
    private final Outbox outbox;
    private final Map<Integer, Copy> copies = new HashMap<>();
    // by step and stage
    private final NavigableMap<Long, NavigableMap<Integer, PartSums>> open = new TreeMap<>();
    // steps whose gradients are all added up
    private long closed;

    /**
     * The rank's copy of a stage.
     *
     * @param replica that it is in
     * @param holders ranks of the stage, by replica
     */
    private record Copy(
            int stage,
            int replica,
            List<Integer> holders,
            StageModel model,
            GradientParts parts,
            StageStatistics statistics) {}

    /**
     * @param firstStep the first optimizer step whose gradients are added up
     * @param models of the rank by stage
     * @param outbox of what is sent in the middle of a backward
     */
    ReplicaExchange(
            RunPlan plan,
            int rank,
            long runEpoch,
            long firstStep,
            NavigableMap<Integer, StageModel> models,
            Outbox outbox) {
        this.placement = plan.order().placement();
        this.rank = rank;
        this.runEpoch = runEpoch;
        this.outbox = outbox;
        this.closed = firstStep;
        int replicas = placement.replicas().size();
        if (replicas > 1) {
            models.forEach((stage, model) -> {
                Copy copy = new Copy(
                        stage,
                        placement.replicaOn(rank, stage),
                        placement.ranksOf(stage),
                        model,
                        model.gradientParts(replicas, plan.unacknowledged()),
                        model.statistics(plan.unacknowledged()));
                copies.put(stage, copy);
                model.compute()
                        .tellComplete(
                                layer -> copy.parts().completedBy(layer).ifPresent(bucket -> share(copy, bucket)));
            });
        }
    }

    private Copy copy(int stage) {
        Copy copy = copies.get(stage);
        if (copy == null) {
            throw new IllegalStateException("gradients of stage " + stage
                    + " from another replica (expected: of one of " + "the stages " + copies.keySet() + ")");
        }
        return copy;
    }

    private PartSums sums(long step, Copy copy) {
        return open.computeIfAbsent(step, _ -> new TreeMap<>())
                .computeIfAbsent(
                        copy.stage(),
                        _ -> new PartSums(
                                copy.parts().buckets(),
                                copy.holders().size(),
                                copy.replica(),
                                !copy.statistics().isEmpty()));
    }

    /** The own gradients of a bucket are complete: to each owner its part. */
    private void share(Copy copy, int bucket) {
        long step = copy.model().optimizer().steps();
        for (int owner = 0; owner < copy.holders().size(); owner++) {
            if (owner != copy.replica()) {
                Tensor share = copy.parts().share(bucket, owner);
                outbox.send(new Send(
                        copy.holders().get(owner),
                        new ReplicaGradient(runEpoch, copy.stage(), bucket, copy.replica(), step, share)));
            }
        }
        sums(step, copy).completed(bucket, copy.parts().share(bucket, copy.replica()));
        // layers with statistics have weights: the last bucket is complete after all of them
        if (bucket == copy.parts().buckets() - 1 && !copy.statistics().isEmpty()) {
            Tensor statistics = copy.statistics().share();
            sendOthers(
                    copy, new ReplicaStatistics(runEpoch, copy.stage(), copy.replica(), step, statistics), statistics);
            boolean _ = sums(step, copy).statistics(copy.replica(), statistics);
        }
    }

    /** Sends the other replicas a packet each; the caller keeps its hold of the tensor. */
    private void sendOthers(Copy copy, Packet packet, Tensor tensor) {
        for (int holder : copy.holders()) {
            if (holder != rank) {
                outbox.send(new Send(holder, packet.with(tensor.retain())));
            }
        }
    }

    /** A share has come, perhaps before the own gradients are complete; false when it was here before. */
    boolean arrived(ReplicaGradient packet) {
        return kept(packet, packet.step(), sums -> sums.share(packet.bucket(), packet.replica(), packet.tensor()));
    }

    /** A sum has come; false when it was here before. */
    boolean arrived(ReplicaSum packet) {
        return kept(packet, packet.step(), sums -> sums.sum(packet.bucket(), packet.owner(), packet.tensor()));
    }

    /** A replica's statistics have come, perhaps before the own ones are complete; false when they were here before. */
    boolean arrived(ReplicaStatistics packet) {
        return kept(packet, packet.step(), sums -> sums.statistics(packet.replica(), packet.tensor()));
    }

    private boolean kept(Packet packet, long step, Predicate<PartSums> offered) {
        boolean needed = step >= closed && offered.test(sums(step, copy(packet.stage())));
        if (!needed) {
            packet.tensor().release();
        }
        return needed;
    }

    /** Adds up the shares of a part, or takes a sum; empty where nothing has come that this can be done with. */
    Optional<Work> work() {
        for (Map.Entry<Long, NavigableMap<Integer, PartSums>> ofStep : open.entrySet()) {
            for (Map.Entry<Integer, PartSums> ofStage : ofStep.getValue().entrySet()) {
                Deed deed = ofStage.getValue().next();
                if (deed != null) {
                    long step = ofStep.getKey();
                    done(step, copy(ofStage.getKey()), ofStage.getValue(), deed);
                    return Optional.of(new Work(step, new Task.Exchange(ofStage.getKey()), null, List.of(), List.of()));
                }
            }
        }
        return Optional.empty();
    }

    private void done(long step, Copy copy, PartSums sums, Deed deed) {
        switch (deed) {
            case Deed.Add(int bucket, List<Tensor> shares) -> {
                Tensor sum = copy.parts().sum(copy.model().kernels(), bucket, copy.replica(), shares);
                shares.forEach(Tensor::release);
                sendOthers(copy, new ReplicaSum(runEpoch, copy.stage(), bucket, copy.replica(), step, sum), sum);
                accept(copy, sums, bucket, copy.replica(), sum);
            }
            case Deed.Accept(int bucket, int owner, Tensor sum) -> accept(copy, sums, bucket, owner, sum);
        }
    }

    private static void accept(Copy copy, PartSums sums, int bucket, int owner, Tensor sum) {
        copy.parts().accept(bucket, owner, sum);
        sum.release();
        sums.accepted(bucket, owner);
    }

    /**
     * Whether the gradients of a step are the sums over all replicas, in all stages of the rank; also where there is one. Then
     * nothing more is needed of another replica for it.
     */
    boolean isComplete(long step) {
        return copies.values().stream().allMatch(copy -> sums(step, copy).isDone());
    }

    /**
     * The step is made: now the running statistics follow those of all replicas, and not before, so that what is saved of a
     * stage changes with its steps alone.
     */
    void close(long step) {
        for (Copy copy : copies.values()) {
            List<Tensor> statistics = sums(step, copy).takeStatistics();
            if (!statistics.isEmpty()) {
                copy.statistics().follow(statistics);
                statistics.forEach(Tensor::release);
            }
        }
        open.remove(step);
        closed = step + 1;
    }

    /** Steps of which something has come and that were not made. */
    int left() {
        return open.size();
    }
}
