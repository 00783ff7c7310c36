package millrace.nn.kernel.vector;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Element-wise functions from exactly defined vector operations only, so that interpreter and compiled code agree to
 * the bit. Relative error of exp and tanh below 3e-7, absolute error of the normal distribution function below 3e-7.
 *
 * <p>Constants stand in the formulas as the vector library's own calls: those the compiler always inlines, while helpers
 * of ours it leaves out of long formulas ({@link Part#ALL}), and every vector that crosses a call is boxed.
 */
final class VectorMath {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final float LOG2_E = 1.44269504f;
    // ln 2 in two parts, the first exact in float: Cody and Waite
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    // 1.5 * 2^23: adding it rounds to an integer that stands in the low bits
    private static final float ROUND = 12582912f;
    private static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);
    private static final float TANH_IS_X = 4e-4f;
    private static final float TANH_IS_ONE = 7.90531110763549805f;
    private static final int SIGN_BIT = 0x80000000;
    private static final int ONE_BITS = Float.floatToRawIntBits(1);
    private static final float ROOT_HALF = 0.70710678f;
    private static final float DENSITY_AT_ZERO = 0.39894228f;

    private VectorMath() {}

    static FloatVector sigmoid(FloatVector x) {
        return FloatVector.broadcast(SPECIES, 1).div(exp(x.neg()).add(1));
    }

    /** By its value. */
    static FloatVector sigmoidGradient(FloatVector y, FloatVector dy) {
        return dy.mul(y.mul(FloatVector.broadcast(SPECIES, 1).sub(y)));
    }

    /** By its value. */
    static FloatVector tanhGradient(FloatVector y, FloatVector dy) {
        return dy.mul(y.neg().fma(y, FloatVector.broadcast(SPECIES, 1)));
    }

    static FloatVector silu(FloatVector x) {
        return x.div(exp(x.neg()).add(1));
    }

    /** dy * s * (1 + x * (1 - s)), s being the sigmoid of x. */
    static FloatVector siluGradient(FloatVector x, FloatVector dy) {
        FloatVector s = sigmoid(x);
        FloatVector one = FloatVector.broadcast(SPECIES, 1);
        return dy.mul(s).mul(one.sub(s).fma(x, one));
    }

    /** exp(x) - 1 as 2t / (1 - t) with t = tanh(x / 2): a difference would have no digit left near zero. */
    static FloatVector elu(FloatVector x, float alpha) {
        FloatVector t = tanh(x.mul(0.5f));
        FloatVector below =
                t.mul(2 * alpha).div(FloatVector.broadcast(SPECIES, 1).sub(t));
        return x.blend(below, x.compare(LT, 0));
    }

    static FloatVector eluGradient(FloatVector y, FloatVector dy, float alpha) {
        return dy.mul(y.add(alpha)).blend(dy, y.compare(GT, 0));
    }

    static FloatVector gelu(FloatVector x) {
        return x.mul(normalDistribution(x));
    }

    /** dy * (Phi(x) + x * density(x)); both need e^(-x^2 / 2). */
    static FloatVector geluGradient(FloatVector x, FloatVector dy) {
        FloatVector bell = exp(x.mul(x).mul(-0.5f));
        FloatVector density = bell.mul(DENSITY_AT_ZERO);
        return dy.mul(x.fma(density, normalDistribution(x, bell)));
    }

    /** e^x for -87 < x < 88, limited outside: 2^n times a polynomial of degree 6 (Cephes expf). */
    static FloatVector exp(FloatVector x) {
        // not max and min, whose rules for NaN and -0 take several instructions; a NaN stays one
        FloatVector limited = x.blend(-87f, x.compare(LT, -87f)).blend(88f, x.compare(GT, 88f));
        FloatVector shifted =
                limited.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUND));
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), limited);
        r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
        FloatVector p = r.mul(1.9875691500e-4f).add(1.3981999507e-3f);
        p = p.fma(r, FloatVector.broadcast(SPECIES, 8.3334519073e-3f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 4.1665795894e-2f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 1.6666665459e-1f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 5.0000001201e-1f));
        p = p.fma(r.mul(r), r.add(1));
        IntVector exponent =
                shifted.reinterpretAsInts().sub(ROUND_BITS).lanewise(jdk.incubator.vector.VectorOperators.LSHL, 23);
        return p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
    }

    /** A quotient of polynomials of degrees 13 and 6 (Eigen's ptanh); where that is no better, x or one with its sign. */
    static FloatVector tanh(FloatVector x) {
        FloatVector z = x.mul(x);
        FloatVector p = z.mul(-2.76076847742355e-16f).add(2.00018790482477e-13f);
        p = p.fma(z, FloatVector.broadcast(SPECIES, -8.60467152213735e-11f));
        p = p.fma(z, FloatVector.broadcast(SPECIES, 5.12229709037114e-08f));
        p = p.fma(z, FloatVector.broadcast(SPECIES, 1.48572235717979e-05f));
        p = p.fma(z, FloatVector.broadcast(SPECIES, 6.37261928875436e-04f));
        p = p.fma(z, FloatVector.broadcast(SPECIES, 4.89352455891786e-03f));
        FloatVector q = z.mul(1.19825839466702e-06f).add(1.18534705686654e-04f);
        q = q.fma(z, FloatVector.broadcast(SPECIES, 2.26843463243900e-03f));
        q = q.fma(z, FloatVector.broadcast(SPECIES, 4.89352518554385e-03f));
        FloatVector one = x.reinterpretAsInts().and(SIGN_BIT).or(ONE_BITS).reinterpretAsFloats();
        FloatVector magnitude = x.abs();
        return p.mul(x)
                .div(q)
                .blend(x, magnitude.compare(LT, TANH_IS_X))
                .blend(one, magnitude.compare(GT, TANH_IS_ONE));
    }

    /** Phi(x) = (1 + erf(x/sqrt 2)) / 2 with erf by Abramowitz and Stegun 7.1.26. */
    static FloatVector normalDistribution(FloatVector x) {
        return normalDistribution(x, exp(x.mul(x).mul(-0.5f)));
    }

    /** The same with e^(-x^2 / 2) at hand. */
    private static FloatVector normalDistribution(FloatVector x, FloatVector bell) {
        FloatVector magnitude = x.abs().mul(ROOT_HALF);
        FloatVector t = FloatVector.broadcast(SPECIES, 1)
                .div(magnitude.fma(FloatVector.broadcast(SPECIES, 0.3275911f), FloatVector.broadcast(SPECIES, 1)));
        FloatVector p = t.mul(1.061405429f).add(-1.453152027f);
        p = p.fma(t, FloatVector.broadcast(SPECIES, 1.421413741f));
        p = p.fma(t, FloatVector.broadcast(SPECIES, -0.284496736f));
        p = p.fma(t, FloatVector.broadcast(SPECIES, 0.254829592f));
        FloatVector half = p.mul(t).mul(bell).mul(0.5f);
        return FloatVector.broadcast(SPECIES, 1).sub(half).blend(half, x.compare(LT, 0));
    }
}
