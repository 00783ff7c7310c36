package millrace.nn.optimizer;

/**
 * ReduceLROnPlateau ({@code torch.optim.lr_scheduler}, mode min): the rate falls when a loss has not become smaller for a
 * while. A description; {@link State} is what it remembers between two epochs.
 *
 * @param factor what the rate is multiplied by
 * @param patience epochs without improvement that are let pass
 * @param threshold how much smaller a loss has to be to count
 * @param relative whether the threshold is a share of the best loss, not a difference
 * @param cooldown epochs after a fall in which none is counted
 * @param smallest rate, below which it does not fall
 * @param epsilon falls by no more than this are left out
 */
public record Plateau(
        double factor,
        int patience,
        double threshold,
        boolean relative,
        int cooldown,
        double smallest,
        double epsilon) {
    /** PyTorch's defaults. */
    public static final Plateau USUAL = new Plateau(0.1, 10, 1e-4, true, 0, 0, 1e-8);

    /**
     * What is remembered.
     *
     * @param scale share of the optimizer's rate that is left
     * @param best the smallest loss that counted
     * @param bad epochs without improvement
     * @param cooling epochs of a cooldown that are left
     */
    public record State(double scale, double best, long bad, long cooling) {
        /** Before the first epoch. */
        public static final State FRESH = new State(1, Double.POSITIVE_INFINITY, 0, 0);
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public Plateau {
        if (!(factor > 0 && factor < 1)) {
            throw new IllegalArgumentException("plateau factor: " + factor + " (expected: above 0 and below 1)");
        }
        if (patience < 0 || cooldown < 0) {
            throw new IllegalArgumentException(
                    "plateau patience: " + patience + ", cooldown: " + cooldown + " (expected: 0 or more epochs)");
        }
        if (!(threshold >= 0 && smallest >= 0 && epsilon >= 0)) {
            throw new IllegalArgumentException("plateau threshold: " + threshold + ", min-lr: " + smallest + ", eps: "
                    + epsilon + " (expected: 0 or more)");
        }
    }

    /**
     * The state after another epoch.
     *
     * @param loss of the epoch; not a number counts as no improvement
     * @param rate of the optimizer before any fall
     */
    public State after(State before, double loss, double rate) {
        boolean better = loss < (relative ? before.best * (1 - threshold) : before.best - threshold);
        double best = better ? loss : before.best;
        long bad = better ? 0 : before.bad + 1;
        long cooling = before.cooling;
        if (cooling > 0) {
            cooling--;
            bad = 0;
        }
        return bad > patience
                ? new State(fallen(before.scale, rate), best, 0, cooldown)
                : new State(before.scale, best, bad, cooling);
    }

    private double fallen(double scale, double rate) {
        double old = rate * scale;
        double next = Math.max(old * factor, smallest);
        return old - next > epsilon ? next / rate : scale;
    }
}
