package millrace.schedule.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import millrace.schedule.Action.Kind;
import millrace.schedule.Cell;
import millrace.schedule.Costs;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.RankOrder;
import millrace.schedule.Schedule;

/**
 * The best steady cycle of a line with one stage a rank, repeated: Tessel's repetend (Lin et al., HPCA 2024) for one micro-batch,
 * which is modulo scheduling (Rau and Glaeser, 1981). Every rank does F, I and W of some micro-batches once in each period, at the
 * same times after its begin, and holds no more micro-batches between F and W than it may. The shortest such period is found
 * exactly, in time linear in the number of ranks for each period that is tried:
 *
 * <ul>
 *   <li>Ranks are bound to each other by messages alone, so each may be moved in time as a whole; what counts is how long the error
 *       delta of a micro-batch comes after its forward. A rank that answers earlier never makes the rank before it later. So from
 *       the last rank to the first each answers as early as it can.
 *   <li>In a rank's period the I comes after the F by a whole number of periods and some rest, and the W comes right after the I, or
 *       right after the F that follows. Either is possible for an interval of rests, given by the lengths of the three.
 *   <li>What can be repeated in one period can be in any longer one, with all times longer in proportion. So halving finds the
 *       shortest one.
 * </ul>
 *
 * A batch begins with the forwards of the cycle and ends with its backwards, all as early as the order lets them be. Cycles of several
 * micro-batches are not looked at; where memory is short they may be shorter for each.
 */
public final class SteadyCycle {
    private static final int HALVINGS = 60;
    private static final double RELATIVE_TOLERANCE = 1e-12;

    private final LineCosts costs;
    private final int held;

    /**
     * When a rank does what, from the start of a micro-batch's forward.
     *
     * @param input the start of its I
     * @param weight the start of its W
     */
    private record Offsets(double input, double weight) {}

    /**
     * A cycle, repeated.
     *
     * @param schedule of the whole batch
     * @param period from one micro-batch to the next while the cycle lasts
     */
    public record Result(Schedule schedule, double period) {}

    private SteadyCycle(LineCosts costs, int held) {
        this.costs = costs;
        this.held = held;
    }

    /**
     * Searches.
     *
     * @param name of the schedule
     * @param shape of one stage a rank
     * @param held micro-batches that a rank may hold between F and W
     * @throws IllegalArgumentException when a rank has several stages, or may hold none
     */
    public static Result of(String name, PipelineShape shape, Costs costs, int held) {
        shape.requireChunks(name, 1);
        if (held < 1) {
            throw new IllegalArgumentException(
                    name + ": micro-batches held: " + held + " (expected: 1 or more, a forward must fit)");
        }
        LineCosts line = new LineCosts(shape, costs, held);
        return new SteadyCycle(line, Math.min(held, shape.microBatches())).result(name, shape);
    }

    private Result result(String name, PipelineShape shape) {
        double tooShort = 0;
        // a micro-batch at a time
        double period = 0;
        for (int rank = 0; rank < costs.ranks(); rank++) {
            tooShort = Math.max(tooShort, work(rank));
            period += work(rank) + (rank > 0 ? costs.forwardHop(rank - 1) + costs.backwardHop(rank) : 0);
        }
        if (period == 0) {
            // nothing takes any time: one order is as good as another
            return new Result(schedule(name, shape, offsets(1).orElseThrow(), 1), 0);
        }
        tooShort = Math.max(tooShort, RELATIVE_TOLERANCE * period);
        List<Offsets> best = offsets(period).orElseThrow();
        Optional<List<Offsets>> atOnce = offsets(tooShort * (1 + RELATIVE_TOLERANCE));
        if (atOnce.isPresent()) {
            return new Result(schedule(name, shape, atOnce.get(), tooShort), tooShort);
        }
        for (int halving = 0; halving < HALVINGS; halving++) {
            double middle = (tooShort + period) / 2;
            Optional<List<Offsets>> found = offsets(middle);
            if (found.isPresent()) {
                best = found.get();
                period = middle;
            } else {
                tooShort = middle;
            }
        }
        return new Result(schedule(name, shape, best, period), period);
    }

    private double work(int rank) {
        return costs.time(rank, Kind.F) + costs.time(rank, Kind.I) + costs.time(rank, Kind.W);
    }

    /** When each rank does what in a period; empty where that is too short. */
    private Optional<List<Offsets>> offsets(double period) {
        Offsets[] found = new Offsets[costs.ranks()];
        double answer = 0;
        for (int rank = costs.ranks() - 1; rank >= 0; rank--) {
            double earliest = costs.time(rank, Kind.F);
            if (rank < costs.ranks() - 1) {
                earliest += costs.forwardHop(rank) + answer + costs.backwardHop(rank + 1);
            }
            Optional<Offsets> offsets =
                    earlier(weightAtOnce(rank, earliest, period), weightLater(rank, earliest, period));
            if (offsets.isEmpty()) {
                return Optional.empty();
            }
            found[rank] = offsets.get();
            answer = offsets.get().input() + costs.time(rank, Kind.I);
        }
        return Optional.of(List.of(found));
    }

    private static Optional<Offsets> earlier(Optional<Offsets> one, Optional<Offsets> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.isPresent() ? one : other;
        }
        return other.get().input() < one.get().input() ? other : one;
    }

    /** In each period F, then I and W. */
    private Optional<Offsets> weightAtOnce(int rank, double earliest, double period) {
        double input = costs.time(rank, Kind.I);
        double latest = period - input - costs.time(rank, Kind.W);
        return Place.first(earliest, costs.time(rank, Kind.F), latest, period).flatMap(place -> {
            double start = place.time(period);
            return fitting(rank, start, start + input, period);
        });
    }

    /** In each period F, then the W of the micro-batch whose I was the last, then I. */
    private Optional<Offsets> weightLater(int rank, double earliest, double period) {
        double forward = costs.time(rank, Kind.F);
        double latest = period - costs.time(rank, Kind.I);
        return Place.first(earliest, forward + costs.time(rank, Kind.W), latest, period)
                .flatMap(place -> fitting(rank, place.time(period), (place.periods() + 1) * period + forward, period));
    }

    /** The W comes as many periods later as memory allows: then a batch begins with less work, and ends with what fills waits. */
    private Optional<Offsets> fitting(int rank, double input, double weight, double period) {
        double spare = held * period * (1 + RELATIVE_TOLERANCE) - weight - costs.time(rank, Kind.W);
        return spare < 0
                ? Optional.empty()
                : Optional.of(new Offsets(input, weight + Math.floor(spare / period) * period));
    }

    /** A time as whole periods and a rest. */
    private record Place(double periods, double rest) {
        /** The first from a time on whose rest is in an interval; empty where there is none. */
        static Optional<Place> first(double earliest, double from, double to, double period) {
            double tolerance = RELATIVE_TOLERANCE * period;
            if (from > to + tolerance) {
                return Optional.empty();
            }
            // the end of a period belongs to it
            double periods = Math.max(0, Math.ceil(earliest / period * (1 - RELATIVE_TOLERANCE)) - 1);
            double rest = earliest - periods * period;
            return Optional.of(
                    rest <= to + tolerance ? new Place(periods, Math.max(rest, from)) : new Place(periods + 1, from));
        }

        double time(double period) {
            return periods * period + rest;
        }
    }

    private record Timed(Kind kind, int microBatch, double start) {}

    private Schedule schedule(String name, PipelineShape shape, List<Offsets> offsets, double period) {
        List<List<Cell>> rows = new ArrayList<>();
        for (int rank = 0; rank < shape.ranks(); rank++) {
            int here = rank;
            List<Timed> all = new ArrayList<>();
            for (int i = 0; i < shape.microBatches(); i++) {
                all.add(new Timed(Kind.F, i, i * period));
                all.add(new Timed(Kind.I, i, i * period + offsets.get(rank).input()));
                all.add(new Timed(Kind.W, i, i * period + offsets.get(rank).weight()));
            }
            // of what starts at the same time all but one take none
            double tolerance = 1e-9 * period;
            all.sort(Comparator.comparingDouble((Timed timed) -> Math.rint(timed.start() / tolerance))
                    .thenComparingDouble(timed -> costs.time(here, timed.kind()))
                    .thenComparingInt(Timed::microBatch)
                    .thenComparing(Timed::kind));
            RankOrder row = new RankOrder(shape.microBatches());
            for (Timed timed : all) {
                switch (timed.kind()) {
                    case F -> row.f(rank);
                    case I -> row.i(rank);
                    case W -> row.w(rank);
                    case B, R -> throw new IllegalStateException(timed.kind() + " in a cycle of F, I and W");
                }
            }
            rows.add(row.cells());
        }
        return new Schedule(name, Placement.loop(shape), rows);
    }
}
