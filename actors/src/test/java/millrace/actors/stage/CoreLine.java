package millrace.actors.stage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import millrace.actors.run.RunPlan;
import millrace.actors.run.Snapshot;
import millrace.actors.stage.StageCore.Effect;
import millrace.actors.stage.StageProtocol.StageSnapshot;
import millrace.actors.trace.Staleness;
import millrace.nn.model.StageModel;

/** Stage cores that exchange their effects through a random network: any message may overtake any other. */
final class CoreLine implements AutoCloseable {
    private final RunPlan plan;
    private final Random random;
    private final List<RankCore> cores = new ArrayList<>();
    private final List<Runnable> underWay = new ArrayList<>();
    private final List<Double> losses = new ArrayList<>();

    CoreLine(RunPlan plan, Random random) {
        this.plan = plan;
        this.random = random;
        for (int rank = 0; rank < plan.schedule().ranks(); rank++) {
            cores.add(plan.stream().isPresent() ? new StreamCore(plan, rank, 1) : new StageCore(plan, rank, 1));
        }
    }

    /** Grants every core that many steps, each grant at a random moment, and works until nothing moves. */
    void run(long until) {
        for (RankCore core : cores) {
            for (long step = plan.start().step() + 1; step <= until; step++) {
                long granted = step;
                underWay.add(() -> core.advance(granted));
            }
        }
        boolean moved = true;
        while (moved) {
            moved = !underWay.isEmpty();
            if (moved) {
                underWay.remove(random.nextInt(underWay.size())).run();
            }
            // some ranks sleep for a while, all together never
            for (RankCore core : cores) {
                moved |= (!moved || random.nextInt(3) > 0) && work(core);
            }
        }
    }

    private boolean work(RankCore core) {
        Optional<Effect> effect = core.work();
        effect.ifPresent(this::send);
        return effect.isPresent();
    }

    private void send(Effect effect) {
        switch (effect) {
            case Effect.Activate(int stage, long step, int microBatch, var tensor) ->
                underWay.add(() -> holder(stage).activationArrived(stage, step, microBatch, tensor));
            case Effect.PassBack(int stage, long step, int microBatch, var tensor) ->
                underWay.add(() -> holder(stage).deltaArrived(stage, step, microBatch, tensor));
            case Effect.Stepped(long _, double loss) -> {
                if (!Double.isNaN(loss)) {
                    losses.add(loss);
                }
            }
            case Effect.Nothing() -> {}
        }
    }

    private RankCore holder(int stage) {
        return cores.get(plan.schedule().rankOf(stage));
    }

    /** The losses that the last stage reported. */
    List<Double> losses() {
        return List.copyOf(losses);
    }

    /** Weights and optimizer state of all stages. */
    Snapshot snapshot() {
        return Snapshot.joined(cores.stream()
                .flatMap(core -> core.snapshots().stream())
                .sorted(Comparator.comparingInt(StageSnapshot::stage))
                .map(StageSnapshot::snapshot)
                .toList());
    }

    /** How stale the gradients of each stage were. */
    List<Staleness> staleness() {
        return cores.stream().flatMap(core -> core.staleness().stream()).toList();
    }

    /** Every buffer must be back. */
    void checkDrained() {
        cores.forEach(RankCore::checkDrained);
    }

    @Override
    public void close() {
        cores.forEach(core -> core.models().forEach(StageModel::close));
    }
}
