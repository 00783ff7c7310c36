package millrace.nn.optimizer;

/**
 * What is done about gradients that were made with older weights. Each part is off at 0.
 *
 * @param rateSteps steps over which the learning rate of a stage with delay tau rises from 1/tau of the schedule's to all
 *     of it: {@code rate / tau^(1 - min(t / rateSteps, 1))} (Yang et al., PipeMare, MLSys 2021, T1)
 * @param discrepancy D, what is left of the drift's average after as many steps as the delay; backwards with live weights
 *     use {@code w - tau * drift}, an estimate of what their forwards used (PipeMare T2; the paper's D is 0.135)
 * @param compensation lambda of {@code g + lambda * g * g * (w_now - w_used)}, element by element (Zheng et al., DC-ASGD,
 *     ICML 2017; 0.04 there)
 */
public record DelayCorrection(long rateSteps, double discrepancy, double compensation) {
    public static final DelayCorrection NONE = new DelayCorrection(0, 0, 0);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public DelayCorrection {
        if (rateSteps < 0 || !(discrepancy >= 0 && discrepancy < 1) || !(compensation >= 0 && compensation < 1e9)) {
            throw new IllegalArgumentException(
                    "correction: t1 " + rateSteps + ", t2 " + discrepancy + ", dc " + compensation
                            + " (expected: t1 of 0 or more steps, t2 of at least 0 and below 1, dc of 0 or more)");
        }
    }

    /** The share of the learning rate that a stage gets (T1). */
    double rateShare(long delay, long stepsMade) {
        if (rateSteps == 0 || delay <= 1) {
            return 1;
        }
        return Math.pow(delay, Math.min((double) stepsMade / rateSteps, 1) - 1);
    }

    /** The share of the drift's average that one step leaves (T2's gamma). */
    public float driftKept(long delay) {
        return (float) Math.pow(discrepancy, 1.0 / delay);
    }
}
