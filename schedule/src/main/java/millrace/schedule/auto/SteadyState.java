package millrace.schedule.auto;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a line of units into stages so that AdaPipe's estimate of 1F1B's time is as small as possible (Sun et al., ASPLOS 2024):
 * warm-up and end of a stage wait for the stages behind it, and in between the slowest stage decides.
 *
 * <pre>
 * W(s) = F(s) + max(W(s+1) + B(s+1), (p-1-s) F(s))
 * E(s) = B(s) + max(E(s+1) + F(s+1), (p-1-s) B(s))
 * M(s) = max(M(s+1), F(s) + B(s))
 * time = W(0) + E(0) + max(0, m-p) M(0)
 * </pre>
 *
 * From the last stage to the first, all triples are kept of which none is better in every part, so that the result is exact for this
 * estimate; the paper keeps one. The estimate itself is no bound: whoever needs the truth simulates.
 */
final class SteadyState {
    /** What F and B of a stage take. */
    record Times(double forward, double backward) {}

    /** What a stage of some units takes; null where it cannot be, for want of memory. */
    @FunctionalInterface
    interface StageTimes {
        @Nullable
        Times of(int stage, int from, int to);
    }

    /** A way to cut, with its estimate. */
    record Cut(List<Integer> starts, double time) {}

    /**
     * The stages from one on, cut in one way.
     *
     * @param warmUp W + B of its first stage
     * @param end E + F of its first stage
     * @param slowest M
     * @param own W + E, of the line's first stage; of others nobody asks
     */
    private record Rest(
            double warmUp,
            double end,
            double slowest,
            double own,
            int from,
            @Nullable Rest next) {
        boolean isAsGoodAs(Rest other) {
            return warmUp <= other.warmUp && end <= other.end && slowest <= other.slowest;
        }
    }

    private final int units;
    private final int stages;
    private final StageTimes times;

    private SteadyState(int units, int stages, StageTimes times) {
        this.units = units;
        this.stages = stages;
        this.times = times;
    }

    /**
     * The best way; empty when every way has a stage that cannot be.
     *
     * @param units at least as many as stages
     * @param microBatches m
     */
    static Optional<Cut> best(int units, int stages, int microBatches, StageTimes times) {
        return new SteadyState(units, stages, times).best(Math.max(0, microBatches - stages));
    }

    private Optional<Cut> best(int steady) {
        List<List<Rest>> behind = List.of();
        for (int stage = stages - 1; stage >= 0; stage--) {
            List<List<Rest>> these = new ArrayList<>();
            for (int from = 0; from <= units; from++) {
                boolean possible = stage == 0 ? from == 0 : from >= stage && from <= units - (stages - stage);
                these.add(possible ? rests(stage, from, behind) : List.of());
            }
            behind = these;
        }
        Rest best = null;
        for (Rest rest : behind.getFirst()) {
            if (best == null || time(rest, steady) < time(best, steady)) {
                best = rest;
            }
        }
        return best == null ? Optional.empty() : Optional.of(new Cut(starts(best), time(best, steady)));
    }

    private static double time(Rest rest, int steady) {
        return rest.own() + steady * rest.slowest();
    }

    private static List<Integer> starts(Rest first) {
        List<Integer> starts = new ArrayList<>();
        for (Rest rest = first; rest != null; rest = rest.next()) {
            starts.add(rest.from());
        }
        return starts;
    }

    private List<Rest> rests(int stage, int from, List<List<Rest>> behind) {
        List<Rest> kept = new ArrayList<>();
        if (stage == stages - 1) {
            Times own = times.of(stage, from, units);
            if (own != null) {
                kept.add(rest(stage, own, from, null));
            }
            return kept;
        }
        for (int to = from + 1; to < units; to++) {
            Times own = behind.get(to).isEmpty() ? null : times.of(stage, from, to);
            if (own != null) {
                for (Rest next : behind.get(to)) {
                    keep(kept, rest(stage, own, from, next));
                }
            }
        }
        return kept;
    }

    private static void keep(List<Rest> kept, Rest rest) {
        for (Rest other : kept) {
            if (other.isAsGoodAs(rest) && other.own() <= rest.own()) {
                return;
            }
        }
        kept.removeIf(other -> rest.isAsGoodAs(other) && rest.own() <= other.own());
        kept.add(rest);
    }

    private Rest rest(int stage, Times own, int from, @Nullable Rest next) {
        int behind = stages - 1 - stage;
        double forward = own.forward();
        double backward = own.backward();
        double warmUp = forward + Math.max(next == null ? 0 : next.warmUp(), behind * forward);
        double end = backward + Math.max(next == null ? 0 : next.end(), behind * backward);
        double slowest = Math.max(next == null ? 0 : next.slowest(), forward + backward);
        return new Rest(warmUp + backward, end + forward, slowest, stage == 0 ? warmUp + end : 0, from, next);
    }
}
