package millrace.nn.kernel;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Element-wise functions from exactly defined vector operations only, so that interpreter and compiled code agree to
 * the bit. Constants stand in the formulas as the vector library's own calls: those the compiler always inlines, while
 * helpers of ours it leaves out of long formulas, and every vector that crosses a call is boxed. Relative error of exp and tanh below 3e-7, absolute error of the normal distribution function below 3e-7.
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
    private static final float ROOT_HALF = 0.70710678f;
    private static final float DENSITY_AT_ZERO = 0.39894228f;

    private VectorMath() {}

    static FloatVector value(Activation f, FloatVector x) {
        return switch (f.kind()) {
            case RELU -> x.max(0);
            case LEAKY_RELU -> x.blend(x.mul(f.slope()), x.compare(LT, 0));
            case SIGMOID -> sigmoid(x);
            case TANH -> tanh(x);
            case GELU -> gelu(x);
        };
    }

    static FloatVector gradient(Activation f, FloatVector saved, FloatVector dy) {
        return switch (f.kind()) {
            case RELU -> FloatVector.zero(SPECIES).blend(dy, saved.compare(GT, 0));
            case LEAKY_RELU -> dy.mul(f.slope()).blend(dy, saved.compare(GT, 0));
            case SIGMOID -> dy.mul(saved.mul(FloatVector.broadcast(SPECIES, 1).sub(saved)));
            case TANH -> dy.mul(saved.neg().fma(saved, FloatVector.broadcast(SPECIES, 1)));
            case GELU -> geluGradient(saved, dy);
        };
    }

    static FloatVector sigmoid(FloatVector x) {
        return FloatVector.broadcast(SPECIES, 1).div(exp(x.neg()).add(1));
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
        FloatVector limited = x.max(-87f).min(88f);
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

    /** Polynomial near zero, 1 - 2/(e^2x + 1) elsewhere (Cephes tanhf). */
    static FloatVector tanh(FloatVector x) {
        FloatVector z = x.mul(x);
        FloatVector p = z.mul(-5.70498872745e-3f).add(2.06390887954e-2f);
        p = p.fma(z, FloatVector.broadcast(SPECIES, -5.37397155531e-2f));
        p = p.fma(z, FloatVector.broadcast(SPECIES, 1.33314422036e-1f));
        p = p.fma(z, FloatVector.broadcast(SPECIES, -3.33332819422e-1f));
        FloatVector near = p.mul(z).fma(x, x);
        FloatVector magnitude = x.abs();
        FloatVector far = FloatVector.broadcast(SPECIES, 1)
                .sub(FloatVector.broadcast(SPECIES, 2)
                        .div(exp(magnitude.add(magnitude)).add(1)));
        VectorMask<Float> negative = x.compare(LT, 0);
        return far.blend(far.neg(), negative).blend(near, magnitude.compare(LT, 0.625f));
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
