package millrace.nn.optimizer;

import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * OneCycleLR (Smith and Topin 2018, as {@code torch.optim.lr_scheduler} has it): from 1/{@code division} of the optimizer's
 * rate, which is the cycle's largest, up to it, and down to 1/({@code division * finalDivision}). The momentum may move the
 * other way. Time counts optimizer steps.
 *
 * <pre>
 * two phases      1/division -> 1 -> 1/(division finalDivision)
 * three phases    1/division -> 1 -> 1/division -> 1/(division finalDivision), the first two equally long
 * </pre>
 *
 * @param steps of the whole cycle; after it the rate stays where it is
 * @param rise share of the steps in which the rate rises
 * @param division from the largest rate to the first
 * @param finalDivision from the first rate to the last
 * @param threePhases whether the fall back to the first rate mirrors the rise
 * @param linear whether rates lie on straight lines, not on half waves of a cosine
 * @param momentum largest and smallest one; null where the optimizer keeps its own
 */
public record OneCycle(
        long steps,
        double rise,
        double division,
        double finalDivision,
        boolean threePhases,
        boolean linear,
        @Nullable Momentum momentum)
        implements LearningRate {
    /**
     * Between which values the momentum moves.
     *
     * @param smallest where the rate is largest
     * @param largest at the beginning and the end
     */
    public record Momentum(double smallest, double largest) {
        /** PyTorch's. */
        public static final Momentum USUAL = new Momentum(0.85, 0.95);

        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException when one is out of range; names it and the range
         */
        public Momentum {
            if (!(smallest > 0 && smallest <= largest && largest < 1)) {
                throw new IllegalArgumentException("cycle's momentum: " + smallest + " to " + largest
                        + " (expected: above 0, below 1, the smaller one first)");
            }
        }
    }

    /** Rate and momentum go from one value to another; {@code end} is the step of the second. */
    private record Phase(double end, double rateFrom, double rateTo, boolean momentumFalls, boolean momentumMoves) {}

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public OneCycle {
        if (steps < 2) {
            throw new IllegalArgumentException("one-cycle steps: " + steps
                    + " (expected: 2 or more, a cycle rises and falls); train for more steps, give lr-schedule.length, or"
                    + " take another schedule");
        }
        // with three phases the first two have twice the share
        double most = threePhases ? 0.5 : 1;
        if (!(rise > 0 && rise < most)) {
            throw new IllegalArgumentException(
                    "one-cycle rise: " + rise + " (expected: above 0 and below " + most + ", a share of the steps)");
        }
        if (!(division > 0 && finalDivision > 0)) {
            throw new IllegalArgumentException(
                    "one-cycle divisions: " + division + ", " + finalDivision + " (expected: above 0)");
        }
    }

    /** PyTorch's defaults, without a momentum that moves. */
    public static OneCycle of(long steps) {
        return new OneCycle(steps, 0.3, 25, 1e4, false, false, null);
    }

    @Override
    public double factor(long t) {
        double start = 0;
        for (int i = 0; ; i++) {
            Phase phase = phase(i);
            if (now(t) <= phase.end || isLast(i)) {
                return between(phase.rateFrom, phase.rateTo, share(now(t), start, phase.end));
            }
            start = phase.end;
        }
    }

    @Override
    public OptionalDouble momentum(long t) {
        if (momentum == null) {
            return OptionalDouble.empty();
        }
        double start = 0;
        for (int i = 0; ; i++) {
            Phase phase = phase(i);
            if (now(t) <= phase.end || isLast(i)) {
                double from = phase.momentumFalls || !phase.momentumMoves ? momentum.largest() : momentum.smallest();
                double to = phase.momentumFalls ? momentum.smallest() : momentum.largest();
                return OptionalDouble.of(between(from, to, share(now(t), start, phase.end)));
            }
            start = phase.end;
        }
    }

    private long now(long t) {
        return Math.min(t, steps - 1);
    }

    private boolean isLast(int phase) {
        return phase == (threePhases ? 2 : 1);
    }

    private Phase phase(int index) {
        double first = 1 / division;
        double last = first / finalDivision;
        boolean ends = isLast(index);
        return switch (index) {
            case 0 -> new Phase(rise * steps - 1, first, 1, true, true);
            case 1 ->
                ends
                        ? new Phase(steps - 1, 1, last, false, true)
                        : new Phase(2 * rise * steps - 2, 1, first, false, true);
            default -> new Phase(steps - 1, first, last, false, false);
        };
    }

    private static double share(double now, double start, double end) {
        return end == start ? 1 : (now - start) / (end - start);
    }

    private double between(double from, double to, double share) {
        return linear ? (to - from) * share + from : to + (from - to) / 2 * (1 + Math.cos(Math.PI * share));
    }
}
