package millrace.actors.stage;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import millrace.actors.run.RunPlan;
import millrace.actors.stage.StageCore.Effect;
import millrace.nn.model.StageModel;
import millrace.nn.tensor.Tensor;
import millrace.schedule.Schedule;
import org.jspecify.annotations.Nullable;

/**
 * Where the line has replicas: each rank that holds a stage sends the others its gradients, and all add up what there is
 * in the same order, so that they step alike and stay equal to the bit.
 */
final class ReplicaExchange implements GradientExchange {
    private final Schedule schedule;
    private final int rank;
    private final NavigableMap<Integer, StageModel> models;
    // by replica, as far as they are here
    private final Map<Key, @Nullable Tensor[]> shares = new HashMap<>();
    private final Deque<Effect> toSend = new ArrayDeque<>();
    // batches whose shares are made, and whose sums are
    private long made;
    private long summed;

    private record Key(int stage, long batch) {}

    /**
     * @param models of the rank by stage
     */
    ReplicaExchange(RunPlan plan, int rank, NavigableMap<Integer, StageModel> models) {
        this.schedule = plan.schedule();
        this.rank = rank;
        this.models = models;
        this.made = plan.start().step();
        this.summed = made;
    }

    /** A share has come, perhaps before the rank is through with the batch; false when it was here before. */
    boolean arrived(int stage, int replica, long batch, Tensor share) {
        if (!models.containsKey(stage) || replica >= replicas()) {
            throw new IllegalStateException("share of stage " + stage + " from replica " + replica
                    + " (expected: of one of the stages " + models.keySet() + ", from one of " + replicas()
                    + " replicas)");
        }
        boolean needed = batch >= summed && shares(stage, batch)[replica] == null;
        if (needed) {
            shares(stage, batch)[replica] = share;
        } else {
            share.release();
        }
        return needed;
    }

    private int replicas() {
        return schedule.replicas().size();
    }

    private @Nullable Tensor[] shares(int stage, long batch) {
        return shares.computeIfAbsent(new Key(stage, batch), _ -> new @Nullable Tensor[replicas()]);
    }

    @Override
    public boolean isDone(long batch) {
        return replicas() == 1 || summed > batch;
    }

    @Override
    public Optional<Effect> work(long batch) {
        if (made <= batch) {
            made = batch + 1;
            models.forEach((stage, model) -> share(stage, model.replicaShare(), batch));
        }
        if (!toSend.isEmpty()) {
            return Optional.of(toSend.remove());
        }
        boolean missing = models.keySet().stream()
                .anyMatch(stage -> Arrays.asList(shares(stage, batch)).contains(null));
        if (missing) {
            return Optional.empty();
        }
        models.forEach((stage, model) -> {
            List<Tensor> all = List.of(shares(stage, batch));
            model.sumReplicas(all);
            all.forEach(Tensor::release);
            shares.remove(new Key(stage, batch));
        });
        summed = batch + 1;
        return Optional.of(SUMMED);
    }

    private void share(int stage, Tensor share, long batch) {
        int own = schedule.replicaOn(rank, stage);
        shares(stage, batch)[own] = share;
        for (int other : schedule.ranksOf(stage)) {
            if (other != rank) {
                toSend.add(new Effect.ShareReplica(other, stage, own, batch, share.retain()));
            }
        }
    }

    @Override
    public int left() {
        return shares.size();
    }
}
