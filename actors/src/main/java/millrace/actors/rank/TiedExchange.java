package millrace.actors.rank;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.Packet.TiedGradient;
import millrace.actors.rank.Work.Send;
import millrace.nn.model.Partition;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.Tensor;
import millrace.schedule.Placement;

/**
 * What a rank does about a weight that two stages have, between the last backward of a batch and its step: each stage
 * sends the other its gradient, then adds what it has been sent. A rank that has both stages sends nothing.
 */
final class TiedExchange {
    private final Placement placement;
    private final int rank;
    private final long runEpoch;
    private final int first;
    private final int last;
    private final NavigableMap<Integer, StageModel> sharing = new TreeMap<>();
    private final Map<Key, Tensor> arrived = new HashMap<>();
    // batches whose sums are made
    private long summed;

    private record Key(int stage, long batch) {}

    /**
     * @param rank whose this is
     * @param models of the rank by stage
     */
    TiedExchange(RunPlan plan, int rank, long runEpoch, Map<Integer, StageModel> models) {
        this.placement = plan.order().placement();
        this.rank = rank;
        this.runEpoch = runEpoch;
        this.first = 0;
        this.last = plan.spec().model().tied().stream()
                .map(layer -> stageOf(plan.partition(), layer))
                .findFirst()
                .orElse(0);
        this.summed = plan.start().step();
        models.forEach((stage, model) -> {
            if (model.optimizer().sharesWeight()) {
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
    boolean arrived(TiedGradient packet) {
        Key key = new Key(packet.stage(), packet.step());
        boolean needed = sharing.containsKey(key.stage()) && key.batch() >= summed && !arrived.containsKey(key);
        if (needed) {
            arrived.put(key, packet.tensor());
        } else {
            packet.tensor().release();
        }
        return needed;
    }

    /** Whether a stage of the rank has the weight in common with another. */
    boolean isNeeded() {
        return !sharing.isEmpty();
    }

    /** Makes the shares of a batch, all of whose backwards are done. */
    List<Send> share(long batch) {
        List<Send> sends = new ArrayList<>();
        sharing.forEach((stage, model) -> {
            int other = stage == first ? last : first;
            Tensor share = model.optimizer().tiedShare();
            if (sharing.containsKey(other)) {
                arrived.put(new Key(other, batch), share);
            } else {
                int to = placement.ranksOf(other).get(placement.replicaOn(rank, stage));
                sends.add(new Send(to, new TiedGradient(runEpoch, other, batch, share)));
            }
        });
        return sends;
    }

    /** Whether all shares of a batch are here. */
    boolean isComplete(long batch) {
        return sharing.keySet().stream().allMatch(stage -> arrived.containsKey(new Key(stage, batch)));
    }

    /** Adds up the shares of a batch. */
    void sum(long batch) {
        sharing.forEach((stage, model) -> {
            Tensor share = arrived.remove(new Key(stage, batch));
            if (share != null) {
                model.optimizer().addTiedShare(share);
                share.release();
            }
        });
        summed = batch + 1;
    }

    /** Shares that no step has taken. */
    int left() {
        return arrived.size();
    }
}
