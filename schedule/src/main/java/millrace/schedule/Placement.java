package millrace.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Where the work of a line is done: which rank holds which stage, and which rank works on which micro-batch. A line that
 * exists once has one replica, whose ranks hold each stage once and through which all micro-batches go. A line that exists
 * several times has as many replicas, whether they lie over each other on the same ranks (Chimera: a rank holds one stage
 * of each of two replicas) or side by side (data parallelism: ranks x replicas in all, each holds stages of one replica).
 * A micro-batch stays within its replica.
 *
 * <p>A placement is a value: whoever generates a schedule gives it, and everybody else asks it. Stages, ranks, replicas
 * and micro-batches count from 0.
 */
public final class Placement {
    private static final int NOWHERE = -1;

    private final int ranks;
    private final List<Replica> replicas;
    private final List<List<Integer>> stagesOfRanks;
    // for each stage its ranks by replica, without boxes: simulations ask this for every message
    private final int[][] ranksOfStages;
    private final int[] replicaOfMicroBatches;

    /**
     * One whole copy of the line.
     *
     * @param ranks for each stage, from the first on, the rank that holds this copy of it; a rank may hold several stages
     * @param microBatches numbers of the micro-batches that go through this copy, ascending
     */
    public record Replica(List<Integer> ranks, List<Integer> microBatches) {
        public Replica {
            ranks = List.copyOf(ranks);
            microBatches = List.copyOf(microBatches);
        }
    }

    /**
     * A line in one or several copies.
     *
     * @param ranks number of ranks, those that hold nothing included
     * @param replicas the copies; gradients are summed up within each, and the sums are added in this order. A copy
     *     without micro-batches can be described, but not executed ({@link Validator})
     * @throws IllegalArgumentException when a replica has another number of stages than the first, a rank does not exist
     *     or holds a stage twice, or a micro-batch goes through no replica or through several
     */
    public Placement(int ranks, List<Replica> replicas) {
        if (replicas.isEmpty()) {
            throw new IllegalArgumentException("replicas: 0 (expected: 1 or more)");
        }
        this.ranks = ranks;
        this.replicas = List.copyOf(replicas);
        this.ranksOfStages = ranksOfStages(ranks, this.replicas);
        this.replicaOfMicroBatches = replicaOfMicroBatches(this.replicas);
        this.stagesOfRanks = stagesOfRanks(ranks, ranksOfStages);
    }

    private static int[][] ranksOfStages(int ranks, List<Replica> replicas) {
        int stages = replicas.getFirst().ranks().size();
        int[][] table = new int[stages][replicas.size()];
        for (int replica = 0; replica < replicas.size(); replica++) {
            List<Integer> held = replicas.get(replica).ranks();
            if (held.size() != stages) {
                throw new IllegalArgumentException("replica " + replica + ": " + held.size() + " stages (expected: "
                        + stages + ", as replica 0 has)");
            }
            for (int stage = 0; stage < stages; stage++) {
                int rank = held.get(stage);
                if (rank < 0 || rank >= ranks) {
                    throw new IllegalArgumentException("replica " + replica + ", stage " + stage + ": rank " + rank
                            + " (expected: 0 to " + (ranks - 1) + ")");
                }
                for (int other = 0; other < replica; other++) {
                    if (table[stage][other] == rank) {
                        throw new IllegalArgumentException("replicas " + other + " and " + replica + ", stage " + stage
                                + ": both on rank " + rank + " (expected: a rank holds a stage once)");
                    }
                }
                table[stage][replica] = rank;
            }
        }
        return table;
    }

    private static int[] replicaOfMicroBatches(List<Replica> replicas) {
        int[] of = new int
                [replicas.stream()
                        .mapToInt(replica -> replica.microBatches().size())
                        .sum()];
        Arrays.fill(of, NOWHERE);
        for (int replica = 0; replica < replicas.size(); replica++) {
            int before = NOWHERE;
            for (int microBatch : replicas.get(replica).microBatches()) {
                if (microBatch <= before || microBatch >= of.length || of[microBatch] != NOWHERE) {
                    throw new IllegalArgumentException("replica " + replica + ": micro-batches "
                            + replicas.get(replica).microBatches()
                            + " (expected: ascending, and over all replicas each of"
                            + " 0 to " + (of.length - 1) + " once)");
                }
                of[microBatch] = replica;
                before = microBatch;
            }
        }
        return of;
    }

    private static List<List<Integer>> stagesOfRanks(int ranks, int[][] ranksOfStages) {
        List<List<Integer>> held = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            held.add(new ArrayList<>());
        }
        for (int stage = 0; stage < ranksOfStages.length; stage++) {
            for (int rank : ranksOfStages[stage]) {
                held.get(rank).add(stage);
            }
        }
        return held.stream().map(List::copyOf).toList();
    }

    /**
     * A line that exists once.
     *
     * @param stagesOfRanks for each rank the stages that it holds
     * @param microBatches number of micro-batches of a batch
     * @throws IllegalArgumentException unless each stage, from 0 on without gaps, is on exactly one rank
     */
    public static Placement of(List<List<Integer>> stagesOfRanks, int microBatches) {
        int[] stages = stagesOfRanks.stream()
                .flatMap(List::stream)
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
        if (!Arrays.equals(stages, IntStream.range(0, stages.length).toArray())) {
            throw new IllegalArgumentException("placement: " + stagesOfRanks + " (expected: each stage from 0 to "
                    + stages[stages.length - 1] + " once; a line that exists several times is made of replicas)");
        }
        int[] rankOf = new int[stages.length];
        for (int rank = 0; rank < stagesOfRanks.size(); rank++) {
            for (int stage : stagesOfRanks.get(rank)) {
                rankOf[stage] = rank;
            }
        }
        return once(stagesOfRanks.size(), rankOf, microBatches);
    }

    /** Stage s on rank s mod p: a line where each rank holds one stage, a loop where each holds several. */
    public static Placement loop(PipelineShape shape) {
        return once(shape, stage -> stage % shape.ranks());
    }

    /**
     * Rank r holds stages r and 2p-1-r: the line goes there and back, so that the first and the last stage share rank 0. With
     * more stages a rank it does so several times, in waves: rank r holds 2p+r and 4p-1-r too, and so on.
     *
     * @param shape of an even number of stages a rank
     * @throws IllegalArgumentException when that is odd: the line would not come back
     */
    public static Placement vee(PipelineShape shape) {
        if (shape.chunks() % 2 != 0) {
            throw new IllegalArgumentException("chunks: " + shape.chunks()
                    + " (expected: an even number, the line goes there and back); take " + (shape.chunks() + 1));
        }
        int wave = 2 * shape.ranks();
        return once(shape, stage -> Math.min(stage % wave, wave - 1 - stage % wave));
    }

    /**
     * Two replicas of a line in opposite directions: rank r holds stage r of the one, through which the even micro-batches go,
     * and stage p-1-r of the other, which has the odd ones. So the sums of gradients are the same for any number of ranks.
     *
     * @param shape of one stage a rank, an even number of ranks
     */
    public static Placement bothWays(PipelineShape shape) {
        int p = shape.ranks();
        return new Placement(
                p,
                List.of(
                        new Replica(IntStream.range(0, p).boxed().toList(), everySecond(0, shape.microBatches())),
                        new Replica(
                                IntStream.range(0, p)
                                        .map(stage -> p - 1 - stage)
                                        .boxed()
                                        .toList(),
                                everySecond(1, shape.microBatches()))));
    }

    private static List<Integer> everySecond(int first, int end) {
        return IntStream.iterate(first, i -> i < end, i -> i + 2).boxed().toList();
    }

    private static Placement once(PipelineShape shape, IntUnaryOperator rankOf) {
        int[] ranksOfStages = IntStream.range(0, shape.stages()).map(rankOf).toArray();
        return once(shape.ranks(), ranksOfStages, shape.microBatches());
    }

    private static Placement once(int ranks, int[] ranksOfStages, int microBatches) {
        return new Placement(
                ranks,
                List.of(new Replica(
                        IntStream.of(ranksOfStages).boxed().toList(),
                        IntStream.range(0, microBatches).boxed().toList())));
    }

    /** Number of ranks. */
    public int ranks() {
        return ranks;
    }

    /** Number of stages of the line, however many copies of it there are. */
    public int stages() {
        return ranksOfStages.length;
    }

    /** Number of micro-batches of a batch, over all replicas. */
    public int microBatches() {
        return replicaOfMicroBatches.length;
    }

    /** The copies of the line, one or more; checkpoints and norms are the first one's. */
    public List<Replica> replicas() {
        return replicas;
    }

    /** For each replica the micro-batches that go through it, ascending: the order in which gradients are summed up. */
    public List<List<Integer>> microBatchesOfReplicas() {
        return replicas.stream().map(Replica::microBatches).toList();
    }

    /** The replica that a micro-batch goes through. */
    public int replicaOf(int microBatch) {
        return replicaOfMicroBatches[microBatch];
    }

    /** The rank where a stage works on a micro-batch. */
    public int rankOf(int stage, int microBatch) {
        requireStage(stage);
        return ranksOfStages[stage][replicaOfMicroBatches[microBatch]];
    }

    /**
     * The ranks that hold a stage, by replica.
     *
     * @throws IllegalArgumentException when the line has no such stage
     */
    public List<Integer> ranksOf(int stage) {
        requireStage(stage);
        return Arrays.stream(ranksOfStages[stage]).boxed().toList();
    }

    private void requireStage(int stage) {
        if (stage < 0 || stage >= ranksOfStages.length) {
            throw new IllegalArgumentException(
                    "stage: " + stage + " (expected: 0 to " + (ranksOfStages.length - 1) + ")");
        }
    }

    /** The replica whose copy of a stage a rank holds; -1 where it holds none. */
    public int replicaOn(int rank, int stage) {
        requireStage(stage);
        for (int replica = 0; replica < ranksOfStages[stage].length; replica++) {
            if (ranksOfStages[stage][replica] == rank) {
                return replica;
            }
        }
        return NOWHERE;
    }

    /** The stages that a rank holds, of whichever replica, ascending. */
    public List<Integer> stagesOf(int rank) {
        return stagesOfRanks.get(rank);
    }

    /** For each rank the stages that it holds, ascending. */
    public List<List<Integer>> stagesOfRanks() {
        return stagesOfRanks;
    }

    /**
     * How many stages of the line a micro-batch passes on a rank: the stages that the rank holds of a replica, on average
     * over the replicas that it has a part in; 0 where it holds nothing. What a rank holds at once of micro-batches is
     * told in these shares, so that ranks with one stage and ranks with several can be compared.
     */
    public double share(int rank) {
        long parts = stagesOf(rank).stream()
                .mapToInt(stage -> replicaOn(rank, stage))
                .distinct()
                .count();
        return parts == 0 ? 0 : (double) stagesOf(rank).size() / parts;
    }

    /** The most stages that a rank holds of one replica: 1 for a plain line, v for interleaved schedules. */
    public int chunks() {
        int most = 0;
        for (int rank = 0; rank < ranks; rank++) {
            int[] held = new int[replicas.size()];
            for (int stage : stagesOf(rank)) {
                int replica = replicaOn(rank, stage);
                held[replica]++;
                most = Math.max(most, held[replica]);
            }
        }
        return most;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Placement that && ranks == that.ranks && replicas.equals(that.replicas);
    }

    @Override
    public int hashCode() {
        return 31 * ranks + replicas.hashCode();
    }

    @Override
    public String toString() {
        return stagesOfRanks + (replicas.size() == 1 ? "" : ", micro-batches " + microBatchesOfReplicas());
    }
}
