package millrace.actors.rank;

import java.util.NavigableMap;
import java.util.Optional;
import millrace.actors.trace.Staleness;

/**
 * What a rank counted during a run.
 *
 * @param peakActivations the most that it held, in micro-batches of its whole share
 * @param peakBytes the most bytes held for backwards, by stage
 * @param gatheredBytes the most bytes of rows held for one product of a weight's gradient, by stage
 * @param allocatedBytes bytes of all that a stage has allocated, by stage
 * @param duplicates packets that came a second time and were given up
 * @param staleness how stale the gradients were; empty where nothing is ever stale
 * @param skippedSteps optimizer steps left out because the gradient was not finite, by stage
 */
public record RankFigures(
        double peakActivations,
        NavigableMap<Integer, Long> peakBytes,
        NavigableMap<Integer, Long> gatheredBytes,
        NavigableMap<Integer, Long> allocatedBytes,
        long duplicates,
        Optional<Staleness> staleness,
        NavigableMap<Integer, Long> skippedSteps) {}
