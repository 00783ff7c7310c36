package millrace.actors.rank;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.Packet.ReplicaGradient;
import millrace.actors.rank.Packet.ReplicaSum;
import millrace.actors.rank.PartSums.Deed;
import millrace.actors.rank.Work.Send;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.GradientParts;
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
    private final NavigableMap<Integer, StageModel> models;
    private final Map<Integer, GradientParts> parts = new HashMap<>();
    // by step and stage
    private final NavigableMap<Long, NavigableMap<Integer, PartSums>> open = new TreeMap<>();
    // steps whose gradients are all added up
    private long closed;

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
        this.models = models;
        this.closed = firstStep;
        if (isNeeded()) {
            models.forEach((stage, model) -> {
                GradientParts ofStage = model.gradientParts(replicas(), plan.unacknowledged());
                parts.put(stage, ofStage);
                model.compute()
                        .tellComplete(layer -> ofStage.completedBy(layer).ifPresent(bucket -> share(stage, bucket)));
            });
        }
    }

    /** Whether any other rank has the same stages. */
    boolean isNeeded() {
        return replicas() > 1;
    }

    private int replicas() {
        return placement.replicas().size();
    }

    private PartSums sums(long step, int stage) {
        GradientParts ofStage = parts.get(stage);
        if (ofStage == null) {
            throw new IllegalStateException("gradients of stage " + stage
                    + " from another replica (expected: of one of " + "the stages " + parts.keySet() + ")");
        }
        return open.computeIfAbsent(step, _ -> new TreeMap<>())
                .computeIfAbsent(
                        stage, _ -> new PartSums(ofStage.buckets(), replicas(), placement.replicaOn(rank, stage)));
    }

    /** The own gradients of a bucket are complete: to each owner its part. */
    private void share(int stage, int bucket) {
        StageModel model = models.get(stage);
        GradientParts ofStage = parts.get(stage);
        if (model == null || ofStage == null) {
            throw new IllegalStateException("stage " + stage + " is not on rank " + rank);
        }
        long step = model.optimizer().steps();
        int own = placement.replicaOn(rank, stage);
        List<Integer> holders = placement.ranksOf(stage);
        for (int owner = 0; owner < holders.size(); owner++) {
            if (owner != own) {
                Tensor share = ofStage.share(bucket, owner);
                outbox.send(
                        new Send(holders.get(owner), new ReplicaGradient(runEpoch, stage, bucket, own, step, share)));
            }
        }
        sums(step, stage).completed(bucket, ofStage.share(bucket, own));
    }

    /** A share has come, perhaps before the own gradients are complete; false when it was here before. */
    boolean arrived(ReplicaGradient packet) {
        return kept(
                packet,
                packet.step() >= closed
                        && sums(packet.step(), packet.stage())
                                .share(packet.bucket(), packet.replica(), packet.tensor()));
    }

    /** A sum has come; false when it was here before. */
    boolean arrived(ReplicaSum packet) {
        return kept(
                packet,
                packet.step() >= closed
                        && sums(packet.step(), packet.stage()).sum(packet.bucket(), packet.owner(), packet.tensor()));
    }

    private static boolean kept(Packet packet, boolean needed) {
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
                    return Optional.of(done(ofStep.getKey(), ofStage.getKey(), ofStage.getValue(), deed));
                }
            }
        }
        return Optional.empty();
    }

    private Work done(long step, int stage, PartSums sums, Deed deed) {
        StageModel model = models.get(stage);
        GradientParts ofStage = parts.get(stage);
        if (model == null || ofStage == null) {
            throw new IllegalStateException("stage " + stage + " is not on rank " + rank);
        }
        switch (deed) {
            case Deed.Add(int bucket, List<Tensor> shares) -> {
                int own = placement.replicaOn(rank, stage);
                Tensor sum = ofStage.sum(model.kernels(), bucket, own, shares);
                shares.forEach(Tensor::release);
                for (int holder : placement.ranksOf(stage)) {
                    if (holder != rank) {
                        outbox.send(new Send(holder, new ReplicaSum(runEpoch, stage, bucket, own, step, sum.retain())));
                    }
                }
                accept(ofStage, sums, bucket, own, sum);
            }
            case Deed.Accept(int bucket, int owner, Tensor sum) -> accept(ofStage, sums, bucket, owner, sum);
        }
        return new Work(step, new Task.Exchange(stage), null, List.of(), List.of());
    }

    private static void accept(GradientParts ofStage, PartSums sums, int bucket, int owner, Tensor sum) {
        ofStage.accept(bucket, owner, sum);
        sum.release();
        sums.accepted(bucket, owner);
    }

    /** Whether the gradients of a step are the sums over all replicas, in all stages of the rank; also where there is one. */
    boolean isComplete(long step) {
        return parts.keySet().stream().allMatch(stage -> sums(step, stage).isDone());
    }

    /** The step is made. */
    void close(long step) {
        open.remove(step);
        closed = step + 1;
    }

    /** Steps of which something has come and that were not made. */
    int left() {
        return open.size();
    }
}
