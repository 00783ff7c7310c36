package millrace.schedule;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import millrace.schedule.Action.Kind;

/**
 * What actions and messages cost, in any one unit of time.
 *
 * @param stages for each stage what its actions take and hold
 * @param link between any two ranks that {@code links} does not name
 * @param links links that differ, by sender and receiver
 * @param mostHeld micro-batches that a rank may hold, each with all stages of the rank; schedules that are planned from costs keep
 *     to it, and hold no more than they would without
 */
public record Costs(List<StageCost> stages, Link link, Map<RankPair, Link> links, int mostHeld) {
    /**
     * One stage's costs for one micro-batch.
     *
     * @param forward time of F
     * @param backward time of B
     * @param backwardInput time of I
     * @param backwardWeight time of W
     * @param recompute time of R
     * @param memory held from F on, in any unit
     * @param inputMemory what of it is held from F to R, by a stage that recomputes
     * @param weightMemory held between I and W: of activations and error deltas, so that it may be more; B frees all
     * @param activationBytes size of the message to the next stage
     * @param deltaBytes size of the message to the stage before
     */
    public record StageCost(
            double forward,
            double backward,
            double backwardInput,
            double backwardWeight,
            double recompute,
            double memory,
            double inputMemory,
            double weightMemory,
            double activationBytes,
            double deltaBytes) {
        public StageCost {
            for (double value : new double[] {
                forward,
                backward,
                backwardInput,
                backwardWeight,
                recompute,
                memory,
                inputMemory,
                weightMemory,
                activationBytes,
                deltaBytes
            }) {
                if (!(value >= 0) || Double.isInfinite(value)) {
                    throw new IllegalArgumentException("cost: " + value + " (expected: a number of 0 or more)");
                }
            }
            if (inputMemory > memory) {
                throw new IllegalArgumentException("memory held between F and R: " + inputMemory
                        + " (expected: at most " + memory + ", what a forward leaves behind)");
            }
        }

        /** A stage whose second forward takes as long as the first, and whose input counts for nothing. */
        public StageCost(
                double forward,
                double backward,
                double backwardInput,
                double backwardWeight,
                double memory,
                double weightMemory,
                double activationBytes,
                double deltaBytes) {
            this(
                    forward,
                    backward,
                    backwardInput,
                    backwardWeight,
                    forward,
                    memory,
                    0,
                    weightMemory,
                    activationBytes,
                    deltaBytes);
        }

        /**
         * What an action of this stage adds to what its rank holds, or takes from it.
         *
         * @param recomputed whether an R of the micro-batch makes what its backward reads
         */
        public double held(Kind kind, boolean recomputed) {
            return switch (kind) {
                case F -> recomputed ? inputMemory : memory;
                case R -> memory - inputMemory;
                case B -> -memory;
                case I -> weightMemory - memory;
                case W -> -weightMemory;
            };
        }

        /** The same where so much of the memory is held from F to R. */
        public StageCost holdingOfInputs(double held) {
            return new StageCost(
                    forward,
                    backward,
                    backwardInput,
                    backwardWeight,
                    recompute,
                    memory,
                    held,
                    weightMemory,
                    activationBytes,
                    deltaBytes);
        }

        /** The same whose second forward takes another time. */
        public StageCost recomputingIn(double time) {
            return new StageCost(
                    forward,
                    backward,
                    backwardInput,
                    backwardWeight,
                    time,
                    memory,
                    inputMemory,
                    weightMemory,
                    activationBytes,
                    deltaBytes);
        }

        /** The same whose second forward is a part of the backward, for whose error delta it waits, as without an action R. */
        public StageCost recomputingAtBackward() {
            return new StageCost(
                    forward,
                    backward + recompute,
                    backwardInput + recompute,
                    backwardWeight,
                    0,
                    memory,
                    inputMemory,
                    weightMemory,
                    activationBytes,
                    deltaBytes);
        }

        /** The time of an action of this stage. */
        public double of(Kind kind) {
            return switch (kind) {
                case F -> forward;
                case B -> backward;
                case I -> backwardInput;
                case W -> backwardWeight;
                case R -> recompute;
            };
        }
    }

    /**
     * A connection in one direction.
     *
     * @param latency time of a hop beside the transfer
     * @param bandwidth bytes in a unit of time; messages of one direction go one after the other
     */
    public record Link(double latency, double bandwidth) {
        /** Messages take no time. */
        public static final Link FREE = new Link(0, Double.POSITIVE_INFINITY);

        public Link {
            if (!(latency >= 0) || Double.isInfinite(latency) || !(bandwidth > 0)) {
                throw new IllegalArgumentException("link: latency " + latency + ", bandwidth " + bandwidth
                        + " (expected: a latency of 0 or more, a bandwidth above 0)");
            }
        }
    }

    /**
     * The two ends of a link.
     *
     * @param from rank that sends
     * @param to rank that receives
     */
    public record RankPair(int from, int to) {}

    /** Costs that say nothing of how much a rank may hold. */
    public Costs(List<StageCost> stages, Link link, Map<RankPair, Link> links) {
        this(stages, link, links, Integer.MAX_VALUE);
    }

    public Costs {
        if (mostHeld < 1) {
            throw new IllegalArgumentException(
                    "micro-batches held: " + mostHeld + " (expected: 1 or more, a forward must fit)");
        }
        stages = List.copyOf(stages);
        links = Map.copyOf(links);
    }

    /**
     * The costs of a line whose ranks are all alike. A rank's whole share takes the given times for a micro-batch and holds
     * one unit of memory; each of its chunks takes and holds an equal part. A full backward takes I and W together.
     *
     * @param shape of the line, without its replicas
     * @param forward time of F of a rank's whole share
     * @param backwardInput time of I of a rank's whole share
     * @param backwardWeight time of W of a rank's whole share
     * @param latency of a hop between ranks
     * @param weightMemory share of a micro-batch's memory that stays held between I and W, 0 to 1
     */
    public static Costs uniform(
            PipelineShape shape,
            double forward,
            double backwardInput,
            double backwardWeight,
            double latency,
            double weightMemory) {
        double part = 1.0 / shape.chunks();
        StageCost cost = new StageCost(
                forward * part,
                (backwardInput + backwardWeight) * part,
                backwardInput * part,
                backwardWeight * part,
                part,
                weightMemory * part,
                0,
                0);
        return new Costs(
                Collections.nCopies(shape.stages(), cost), new Link(latency, Double.POSITIVE_INFINITY), Map.of());
    }

    /** Every chunk's F, I and W take 1, its B takes 2, and messages are free: what the papers draw. */
    public static Costs unit(PipelineShape shape) {
        return uniform(shape, shape.chunks(), shape.chunks(), shape.chunks(), 0, 1);
    }

    /** The same where a rank may hold so many micro-batches. */
    public Costs holding(int most) {
        return new Costs(stages, link, links, most);
    }

    /** What a message takes from one rank to another when nothing is in its way; nothing within a rank. */
    public double hop(int from, int to, double bytes) {
        Link between = between(from, to);
        return from == to ? 0 : between.latency() + bytes / between.bandwidth();
    }

    /** The link from one rank to another. */
    public Link between(int from, int to) {
        return links.isEmpty() ? link : links.getOrDefault(new RankPair(from, to), link);
    }
}
