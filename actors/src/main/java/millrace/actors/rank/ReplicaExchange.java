package millrace.actors.rank;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.Packet.ReplicaGradient;
import millrace.actors.rank.Work.Send;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.Tensor;
import millrace.schedule.Placement;
import org.jspecify.annotations.Nullable;

/**
 * Where the line has replicas: each rank that holds a stage sends the others its gradients, and all add up what there is
 * in the same order, so that they step alike and stay equal to the bit.
 */
final class ReplicaExchange implements GradientExchange {
    private final Placement placement;
    private final int rank;
    private final long runEpoch;
    private final NavigableMap<Integer, StageModel> models;
    // by replica, as far as they are here
    private final Map<Key, @Nullable Tensor[]> shares = new HashMap<>();
    // steps whose sums are made
    private long summed;

    private record Key(int stage, long step) {}

    /**
     * @param firstStep the first optimizer step whose gradients are added up
     * @param models of the rank by stage
     */
    ReplicaExchange(RunPlan plan, int rank, long runEpoch, long firstStep, NavigableMap<Integer, StageModel> models) {
        this.placement = plan.order().placement();
        this.rank = rank;
        this.runEpoch = runEpoch;
        this.models = models;
        this.summed = firstStep;
    }

    /** A share has come, perhaps before the rank is through with the batch; false when it was here before. */
    boolean arrived(ReplicaGradient packet) {
        int stage = packet.stage();
        int replica = packet.replica();
        if (!models.containsKey(stage) || replica >= replicas()) {
            throw new IllegalStateException("share of stage " + stage + " from replica " + replica
                    + " (expected: of one of the stages " + models.keySet() + ", from one of " + replicas()
                    + " replicas)");
        }
        boolean needed = packet.step() >= summed && shares(stage, packet.step())[replica] == null;
        if (needed) {
            shares(stage, packet.step())[replica] = packet.tensor();
        } else {
            packet.tensor().release();
        }
        return needed;
    }

    private int replicas() {
        return placement.replicas().size();
    }

    private @Nullable Tensor[] shares(int stage, long step) {
        return shares.computeIfAbsent(new Key(stage, step), _ -> new @Nullable Tensor[replicas()]);
    }

    @Override
    public boolean isNeeded() {
        return replicas() > 1;
    }

    @Override
    public List<Send> share(long step) {
        List<Send> sends = new ArrayList<>();
        models.forEach((stage, model) -> {
            Tensor share = model.optimizer().replicaShare();
            int own = placement.replicaOn(rank, stage);
            shares(stage, step)[own] = share;
            for (int other : placement.ranksOf(stage)) {
                if (other != rank) {
                    sends.add(new Send(other, new ReplicaGradient(runEpoch, stage, own, step, share.retain())));
                }
            }
        });
        return sends;
    }

    @Override
    public boolean isComplete(long step) {
        return models.keySet().stream()
                .noneMatch(stage -> Arrays.asList(shares(stage, step)).contains(null));
    }

    @Override
    public void sum(long step) {
        models.forEach((stage, model) -> {
            List<Tensor> all = List.of(shares(stage, step));
            model.optimizer().sumReplicas(all);
            all.forEach(Tensor::release);
            shares.remove(new Key(stage, step));
        });
        summed = step + 1;
    }

    @Override
    public int left() {
        return shares.size();
    }
}
