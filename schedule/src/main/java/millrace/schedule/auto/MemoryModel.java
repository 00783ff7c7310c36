package millrace.schedule.auto;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.Schedule;
import millrace.schedule.order.Streamed;
import millrace.schedule.stream.StreamSpec;

/** What the ranks of a line hold that is not searched for: it is cut in a known way, and works by a known schedule. */
public final class MemoryModel {
    private MemoryModel() {}

    /**
     * What each rank holds at most.
     *
     * @param samples of a micro-batch
     * @param schedule in whose order second forwards are
     * @param starts the first layer of each stage
     * @param recomputed layers that do second forwards
     * @throws IllegalArgumentException when there are not as many as the schedule has stages
     */
    public static List<RankBytes> of(
            NetworkProfile profile,
            int samples,
            Schedule schedule,
            List<Integer> starts,
            SortedSet<Integer> recomputed) {
        if (starts.size() != schedule.stages()) {
            throw new IllegalArgumentException("stages: " + starts.size() + " (expected: " + schedule.stages()
                    + ", as the schedule " + schedule.name() + " has)");
        }
        LayerSums sums = new LayerSums(profile, samples);
        int copies = schedule.placement().replicas().size();
        List<StageCost> costs = costs(profile, sums, starts, recomputed);
        List<RankBytes> ranks = new ArrayList<>();
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            RankBytes bytes = RankBytes.NONE;
            for (int stage : schedule.placement().stagesOf(rank)) {
                bytes = bytes.plus(sums.constant(starts.get(stage), end(profile, starts, stage), copies));
            }
            ranks.add(bytes.holding(RankMemory.peakOfSchedule(
                    schedule.actions(rank), stage -> schedule.recomputed().contains(stage), costs::get)));
        }
        return ranks;
    }

    /**
     * The same of a stream, whose stages step without waiting for each other.
     *
     * @throws IllegalArgumentException when there are not as many stages as the stream has
     */
    public static List<RankBytes> of(
            NetworkProfile profile, int samples, Streamed stream, List<Integer> starts, SortedSet<Integer> recomputed) {
        StreamSpec spec = stream.spec();
        if (starts.size() != spec.stages()) {
            throw new IllegalArgumentException(
                    "stages: " + starts.size() + " (expected: " + spec.stages() + ", as the stream has)");
        }
        LayerSums sums = new LayerSums(profile, samples);
        int copies = stream.placement().replicas().size();
        List<StageCost> costs = costs(profile, sums, starts, recomputed);
        List<RankBytes> ranks = new ArrayList<>();
        for (int rank = 0; rank < stream.ranks(); rank++) {
            int stage = stream.placement().stagesOf(rank).getFirst();
            StageCost cost = costs.get(stage);
            // those in flight, one of which is at its backward
            double held = spec.warmUp(stage) * (cost.inputMemory() > 0 ? cost.inputMemory() : cost.memory());
            ranks.add(sums.constant(starts.get(stage), end(profile, starts, stage), copies)
                    .withVersions(spec.mostVersions(stage) - 1)
                    .holding(held + cost.memory()));
        }
        return ranks;
    }

    private static List<StageCost> costs(
            NetworkProfile profile, LayerSums sums, List<Integer> starts, SortedSet<Integer> recomputed) {
        List<StageCost> costs = new ArrayList<>();
        for (int stage = 0; stage < starts.size(); stage++) {
            int from = starts.get(stage);
            int to = end(profile, starts, stage);
            SortedSet<Integer> own = recomputed.subSet(from, to);
            costs.add(own.isEmpty() ? sums.stage(from, to, 1) : sums.recomputing(from, to, 1, true, own));
        }
        return costs;
    }

    private static int end(NetworkProfile profile, List<Integer> starts, int stage) {
        return stage + 1 < starts.size()
                ? starts.get(stage + 1)
                : profile.layers().size();
    }
}
