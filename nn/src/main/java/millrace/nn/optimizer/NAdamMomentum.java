package millrace.nn.optimizer;

import millrace.nn.optimizer.Optimizer.NAdam;

/** The momentum of NAdam, which grows with the steps, and its product over them. */
final class NAdamMomentum {
    /** PyTorch's, as in Dozat's paper. */
    private static final double BASE = 0.96;

    /** Terms of a series that falls by half or more with each: 2^-60 is below a double's last digit. */
    private static final int TERMS = 60;

    private NAdamMomentum() {}

    static double of(NAdam nadam, long step) {
        return nadam.beta1() * (1 - 0.5 * StrictMath.pow(BASE, step * nadam.momentumDecay()));
    }

    /**
     * The product of the momenta of steps 1 to {@code step}, without a loop over them: with q = 0.96^momentumDecay the
     * logarithm of {@code (1 - q/2) (1 - q^2/2) ... (1 - q^t/2)} is minus the sum over k of
     * {@code 1/(k 2^k) * (q^k + q^2k + ... + q^tk)}, and the sum in brackets is geometric.
     */
    static double product(NAdam nadam, long step) {
        double logQ = nadam.momentumDecay() * StrictMath.log(BASE);
        double sum = 0;
        for (int k = TERMS; k > 0; k--) {
            double powers = logQ == 0 ? step : StrictMath.expm1(k * logQ * step) / StrictMath.expm1(k * logQ);
            sum += StrictMath.exp(k * logQ) * powers / (k * (double) (1L << k));
        }
        return StrictMath.pow(nadam.beta1(), (double) step) * StrictMath.exp(-sum);
    }
}
