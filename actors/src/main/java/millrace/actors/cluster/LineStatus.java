package millrace.actors.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import millrace.actors.cluster.CoordinatorProtocol.RankStatus;
import millrace.actors.cluster.CoordinatorProtocol.Status;
import millrace.actors.cluster.CoordinatorProtocol.WorkerStatus;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.actor.TrainerProtocol.LineTold;
import millrace.actors.rank.actor.TrainerProtocol.Pace;
import millrace.actors.rank.actor.TrainerProtocol.Position;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.schedule.Placement;

/**
 * What the ranks of a run wait for, and which worker holds up the others.
 *
 * <p>The straggler score of a worker is the time that its ranks work on a batch beside the time that this work should take. What a
 * rank's work should take is its multiplications times the time that a multiplication takes on the median rank of the run (of an even
 * number of ranks, on the faster one of the two in the middle). 1 is as it should be, 2 is twice as long. The time is that of work alone,
 * without waiting, since one to two stall checks ago.
 */
final class LineStatus {
    private LineStatus() {}

    /** A status with what the ranks have told. */
    static Status with(Status status, LineTold told, List<Double> work) {
        Map<Integer, RankStatus> ranks = new HashMap<>();
        List<RankStatus> all = new ArrayList<>();
        for (Position position : told.positions()) {
            RankStatus rank = new RankStatus(
                    position.rank(),
                    position.waitsFor(),
                    position.pace().waitingNanos() / 1e9,
                    secondsPerBatch(position.pace(), told.before().getOrDefault(position.rank(), Pace.NONE)));
            ranks.put(rank.rank(), rank);
            all.add(rank);
        }
        OptionalDouble usual = usual(all, work);
        List<WorkerStatus> workers = status.workers().stream()
                .map(worker -> worker.straggling(score(worker, ranks, work, usual)))
                .toList();
        return new Status(
                status.runId(),
                status.phase(),
                status.runEpoch(),
                status.step(),
                status.samplesPerSecond(),
                workers,
                List.copyOf(all));
    }

    private static double secondsPerBatch(Pace now, Pace before) {
        long batches = now.batches() - before.batches();
        return batches > 0 ? (now.busyNanos() - before.busyNanos()) / 1e9 / batches : Double.NaN;
    }

    /** Seconds for one unit of work, on the median rank. */
    private static OptionalDouble usual(List<RankStatus> ranks, List<Double> work) {
        double[] known = ranks.stream()
                .filter(rank -> !Double.isNaN(rank.secondsPerBatch()))
                .mapToDouble(rank -> rank.secondsPerBatch() / work.get(rank.rank()))
                .sorted()
                .toArray();
        return Arrays.stream(known).skip(Math.max(0, (known.length - 1) / 2)).findFirst();
    }

    private static double score(
            WorkerStatus worker, Map<Integer, RankStatus> ranks, List<Double> work, OptionalDouble usual) {
        double taken = 0;
        double should = 0;
        for (int rank : worker.ranks()) {
            RankStatus known = ranks.get(rank);
            taken += known == null ? Double.NaN : known.secondsPerBatch();
            should += work.get(rank) * usual.orElse(Double.NaN);
        }
        return should > 0 ? taken / should : Double.NaN;
    }

    /**
     * Multiplications of each rank for a batch, about, as the line is cut by them: once each for forward, backward-weight and, but for
     * the first layer with weights, backward-input; at least 1.
     */
    static List<Double> work(RunPlan plan) {
        Model model = plan.spec().model();
        double[] work = new double[plan.order().ranks()];
        for (Placement.Replica replica : plan.order().placement().replicas()) {
            for (int stage = 0; stage < replica.ranks().size(); stage++) {
                work[replica.ranks().get(stage)] +=
                        ofStage(model, plan.partition().range(stage))
                                * replica.microBatches().size();
            }
        }
        return Arrays.stream(work).map(all -> Math.max(1, all)).boxed().toList();
    }

    private static double ofStage(Model model, Partition.Range range) {
        double sum = 0;
        for (int layer = range.from(); layer < range.to(); layer++) {
            boolean first = model.hasWeights(layer) && IntStream.range(0, layer).noneMatch(model::hasWeights);
            sum += (first ? 2.0 : 3.0) * model.multiplications(layer);
        }
        return sum;
    }
}
