package millrace.nn.kernel.vector;

import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;
import static millrace.nn.kernel.vector.Part.keep;
import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.kernel.UpdateRule;

/**
 * Optimizer steps in one fused pass each, at the speed of the memory (measured by {@code OptimizerBandwidth} in bench). Parameter memory is padded to whole vectors, so no loop has a tail; the
 * padding stays zero, because every rule maps a zero weight with a zero gradient and state to zero.
 */
final class VectorUpdates {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
    static final int LANES = SPECIES.length();

    private VectorUpdates() {}

    static void update(
            UpdateRule rule,
            GradientShaping shaping,
            MemorySegment weights,
            MemorySegment updated,
            MemorySegment gradients,
            MemorySegment state1,
            MemorySegment state2,
            MemorySegment state3,
            long elements) {
        for (long from = 0; from < elements; from += Part.MOST) {
            int n = Part.size(from, elements);
            update(
                    rule,
                    shaping,
                    Part.of(weights, from, n),
                    Part.of(updated, from, n),
                    Part.of(gradients, from, n),
                    Part.of(state1, from, n),
                    Part.of(state2, from, n),
                    Part.of(state3, from, n),
                    n);
        }
        keep(weights, updated, gradients, state1, state2, state3);
    }

    private static void update(
            UpdateRule rule,
            GradientShaping shaping,
            long weights,
            long updated,
            long gradients,
            long state1,
            long state2,
            long state3,
            int n) {
        switch (rule) {
            case UpdateRule.Sgd sgd when sgd.momentum() == 0 -> plain(sgd, shaping, weights, updated, gradients, n);
            case UpdateRule.Sgd sgd -> momentum(sgd, shaping, weights, updated, gradients, state1, n);
            case UpdateRule.Adam adam
            when adam.amsgrad() -> amsgrad(adam, shaping, weights, updated, gradients, state1, state2, state3, n);
            case UpdateRule.Adam adam -> adam(adam, shaping, weights, updated, gradients, state1, state2, n);
            case UpdateRule.NAdam nadam -> nadam(nadam, shaping, weights, updated, gradients, state1, state2, n);
            case UpdateRule.RmsProp rms ->
                rmsProp(rms, shaping, weights, updated, gradients, state1, state2, state3, n);
            case UpdateRule.Adagrad ada -> adagrad(ada, shaping, weights, updated, gradients, state1, n);
        }
    }

    private static void plain(
            UpdateRule.Sgd rule, GradientShaping shaping, long weights, long updated, long gradients, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector w = load(weights, i);
            FloatVector g = gradient(shaping, rule.decay(), w, gradients, i);
            store(updated, i, g.fma(all(-rule.rate()), w));
        }
    }

    private static void momentum(
            UpdateRule.Sgd rule,
            GradientShaping shaping,
            long weights,
            long updated,
            long gradients,
            long buffer,
            int n) {
        boolean dampened = rule.gain() != 1;
        for (int i = 0; i < n; i += LANES) {
            FloatVector w = load(weights, i);
            FloatVector g = gradient(shaping, rule.decay(), w, gradients, i);
            FloatVector b = load(buffer, i).fma(all(rule.momentum()), dampened ? g.mul(rule.gain()) : g);
            store(buffer, i, b);
            FloatVector direction = rule.nesterov() ? b.fma(all(rule.momentum()), g) : b;
            store(updated, i, direction.fma(all(-rule.rate()), w));
        }
    }

    private static void adam(
            UpdateRule.Adam rule,
            GradientShaping shaping,
            long weights,
            long updated,
            long gradients,
            long means,
            long squares,
            int n) {
        // a product by the reciprocal instead of a second division in each lane
        float inverseRoot = 1 / rule.rootBias2();
        for (int i = 0; i < n; i += LANES) {
            FloatVector w = load(weights, i);
            FloatVector g = gradient(shaping, rule.decay(), w, gradients, i);
            FloatVector m = mean(means, i, rule.beta1(), g);
            FloatVector v = meanSquare(squares, i, rule.beta2(), g);
            FloatVector divisor = v.sqrt()
                    .fma(FloatVector.broadcast(SPECIES, inverseRoot), FloatVector.broadcast(SPECIES, rule.epsilon()));
            FloatVector next = m.div(divisor).fma(FloatVector.broadcast(SPECIES, -rule.rate()), w.mul(rule.shrink()));
            store(updated, i, next);
        }
    }

    private static void amsgrad(
            UpdateRule.Adam rule,
            GradientShaping shaping,
            long weights,
            long updated,
            long gradients,
            long means,
            long squares,
            long largest,
            int n) {
        float inverseRoot = 1 / rule.rootBias2();
        for (int i = 0; i < n; i += LANES) {
            FloatVector w = load(weights, i);
            FloatVector g = gradient(shaping, rule.decay(), w, gradients, i);
            FloatVector m = mean(means, i, rule.beta1(), g);
            FloatVector most = meanSquare(squares, i, rule.beta2(), g).max(load(largest, i));
            store(largest, i, most);
            FloatVector divisor = most.sqrt().fma(all(inverseRoot), all(rule.epsilon()));
            store(updated, i, m.div(divisor).fma(all(-rule.rate()), w.mul(rule.shrink())));
        }
    }

    private static void nadam(
            UpdateRule.NAdam rule,
            GradientShaping shaping,
            long weights,
            long updated,
            long gradients,
            long means,
            long squares,
            int n) {
        float inverseRoot = 1 / rule.rootBias2();
        for (int i = 0; i < n; i += LANES) {
            FloatVector w = load(weights, i);
            FloatVector g = gradient(shaping, rule.decay(), w, gradients, i);
            FloatVector m = mean(means, i, rule.beta1(), g);
            FloatVector v = meanSquare(squares, i, rule.beta2(), g);
            FloatVector divisor = v.sqrt().fma(all(inverseRoot), all(rule.epsilon()));
            FloatVector direction = g.fma(all(rule.gradientRate()), m.mul(rule.meanRate()));
            store(updated, i, w.mul(rule.shrink()).sub(direction.div(divisor)));
        }
    }

    private static void rmsProp(
            UpdateRule.RmsProp rule,
            GradientShaping shaping,
            long weights,
            long updated,
            long gradients,
            long squares,
            long state2,
            long state3,
            int n) {
        boolean hasMomentum = rule.momentum() != 0;
        long means = hasMomentum ? state3 : state2;
        for (int i = 0; i < n; i += LANES) {
            FloatVector w = load(weights, i);
            FloatVector g = gradient(shaping, rule.decay(), w, gradients, i);
            FloatVector s = meanSquare(squares, i, rule.alpha(), g);
            if (rule.centred()) {
                FloatVector a = mean(means, i, rule.alpha(), g);
                s = a.neg().fma(a, s).max(0);
            }
            FloatVector u = g.div(s.sqrt().add(rule.epsilon()));
            if (hasMomentum) {
                u = load(state2, i).fma(all(rule.momentum()), u);
                store(state2, i, u);
            }
            store(updated, i, u.fma(all(-rule.rate()), w));
        }
    }

    private static void adagrad(
            UpdateRule.Adagrad rule,
            GradientShaping shaping,
            long weights,
            long updated,
            long gradients,
            long sums,
            int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector w = load(weights, i);
            FloatVector g = gradient(shaping, rule.decay(), w, gradients, i);
            FloatVector s = g.fma(g, load(sums, i));
            store(sums, i, s);
            store(updated, i, g.div(s.sqrt().add(rule.epsilon())).fma(all(-rule.rate()), w));
        }
    }

    static double sumOfSquares(MemorySegment x, long elements) {
        // two halves of a float vector make two double vectors; lanes are added up in order, so that bits never change
        DoubleVector low = DoubleVector.zero(DOUBLES);
        DoubleVector high = DoubleVector.zero(DOUBLES);
        for (long from = 0; from < elements; from += Part.MOST) {
            int n = Part.size(from, elements);
            long part = Part.of(x, from, n);
            for (int i = 0; i < n; i += LANES) {
                FloatVector v = load(part, i);
                DoubleVector first = (DoubleVector) v.convertShape(F2D, DOUBLES, 0);
                DoubleVector second = (DoubleVector) v.convertShape(F2D, DOUBLES, 1);
                low = first.fma(first, low);
                high = second.fma(second, high);
            }
        }
        keep(x);
        double sum = 0;
        for (double lane : low.add(high).toArray()) {
            sum += lane;
        }
        return sum;
    }

    static void scale(MemorySegment x, float factor, long elements) {
        for (long from = 0; from < elements; from += Part.MOST) {
            int n = Part.size(from, elements);
            long part = Part.of(x, from, n);
            for (int i = 0; i < n; i += LANES) {
                store(part, i, load(part, i).mul(factor));
            }
        }
        keep(x);
    }

    /** {@code m += (1-beta)*(g-m)}. */
    private static FloatVector mean(long means, int i, double beta, FloatVector g) {
        FloatVector before = load(means, i);
        FloatVector m = g.sub(before).fma(all((float) (1 - beta)), before);
        store(means, i, m);
        return m;
    }

    /** {@code v = beta*v + (1-beta)*g*g}. */
    private static FloatVector meanSquare(long squares, int i, double beta, FloatVector g) {
        FloatVector v = g.mul((float) (1 - beta)).fma(g, load(squares, i).mul((float) beta));
        store(squares, i, v);
        return v;
    }

    /** The shaped gradient with weight decay: penalties, clip, decay. */
    private static FloatVector gradient(GradientShaping shaping, float decay, FloatVector w, long gradients, int i) {
        FloatVector g = penalised(shaping, w, load(gradients, i));
        if (shaping.clip() != Float.POSITIVE_INFINITY) {
            g = g.max(-shaping.clip()).min(shaping.clip());
        }
        return decay == 0 ? g : w.fma(all(decay), g);
    }

    private static FloatVector penalised(GradientShaping shaping, FloatVector w, FloatVector gradient) {
        FloatVector g = gradient;
        if (shaping.l1() != 0) {
            FloatVector sign =
                    FloatVector.zero(SPECIES).blend(all(1), w.compare(GT, 0)).blend(all(-1), w.compare(LT, 0));
            g = sign.fma(all(shaping.l1()), g);
        }
        if (shaping.l2() != 0) {
            g = w.fma(all(2 * shaping.l2()), g);
        }
        return g;
    }

    static void penalise(GradientShaping shaping, MemorySegment weights, MemorySegment gradients, long elements) {
        for (long from = 0; from < elements; from += Part.MOST) {
            int n = Part.size(from, elements);
            long w = Part.of(weights, from, n);
            long g = Part.of(gradients, from, n);
            for (int i = 0; i < n; i += LANES) {
                store(g, i, penalised(shaping, load(w, i), load(g, i)));
            }
        }
        keep(weights, gradients);
    }

    static FloatVector all(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }
}
