package millrace.actors.stage;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import millrace.actors.run.RunPlan;
import millrace.actors.stage.StageCore.Effect;
import millrace.nn.model.Partition;
import millrace.nn.model.StageModel;
import millrace.nn.tensor.Tensor;
import millrace.schedule.Schedule;

/**
 * What a rank does about a weight that two stages have, between the last backward of a batch and its step: each stage
 * sends the other its gradient, then adds what it has been sent. A rank that has both stages sends nothing.
 */
final class TiedExchange implements GradientExchange {
    private final Schedule schedule;
    private final int rank;
    private final int first;
    private final int last;
    private final NavigableMap<Integer, StageModel> sharing = new TreeMap<>();
    private final Map<Key, Tensor> arrived = new HashMap<>();
    // batches whose shares are sent, and whose sums are made
    private long sent;
    private long summed;

    private record Key(int stage, long batch) {}

    /**
     * @param rank whose this is
     * @param models of the rank by stage
     */
    TiedExchange(RunPlan plan, int rank, Map<Integer, StageModel> models) {
        this.schedule = plan.schedule();
        this.rank = rank;
        this.first = 0;
        this.last = plan.spec().model().tied().stream()
                .map(layer -> stageOf(plan.partition(), layer))
                .findFirst()
                .orElse(0);
        this.sent = plan.start().step();
        this.summed = sent;
        models.forEach((stage, model) -> {
            if (model.sharesWeight()) {
                sharing.put(stage, model);
            }
        });
    }

    private static int stageOf(Partition partition, int layer) {
        int stage = partition.stages() - 1;
        while (partition.range(stage).from() > layer) {
            stage--;
        }
        return stage;
    }

    /** A share has come, perhaps before the rank is through with the batch; false when it was here before. */
    boolean arrived(int stage, long batch, Tensor share) {
        boolean needed = sharing.containsKey(stage) && batch >= summed && !arrived.containsKey(new Key(stage, batch));
        if (needed) {
            arrived.put(new Key(stage, batch), share);
        } else {
            share.release();
        }
        return needed;
    }

    @Override
    public boolean isDone(long batch) {
        return sharing.isEmpty() || summed > batch;
    }

    @Override
    public Optional<Effect> work(long batch) {
        if (sent <= batch) {
            sent = batch + 1;
            return Optional.of(send(batch));
        }
        if (!sharing.keySet().stream().allMatch(stage -> arrived.containsKey(new Key(stage, batch)))) {
            return Optional.empty();
        }
        sharing.forEach((stage, model) -> {
            Tensor share = arrived.remove(new Key(stage, batch));
            if (share != null) {
                model.addGradientShare(share);
                share.release();
            }
        });
        summed = batch + 1;
        return Optional.of(SUMMED);
    }

    private Effect send(long batch) {
        Effect effect = SUMMED;
        for (Map.Entry<Integer, StageModel> entry : sharing.entrySet()) {
            int other = entry.getKey() == first ? last : first;
            Tensor share = entry.getValue().gradientShare();
            if (sharing.containsKey(other)) {
                arrived.put(new Key(other, batch), share);
            } else {
                int to = schedule.ranksOf(other).get(schedule.replicaOn(rank, entry.getKey()));
                effect = new Effect.ShareGradient(to, other, batch, share);
            }
        }
        return effect;
    }

    @Override
    public int left() {
        return arrived.size();
    }
}
