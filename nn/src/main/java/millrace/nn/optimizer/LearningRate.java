package millrace.nn.optimizer;

import java.util.OptionalDouble;

/**
 * A learning-rate schedule: the factor on the optimizer's base rate, a pure function of time. Time t counts optimizer
 * steps, or epochs where the run says so, from 0; the formulas are those of {@code torch.optim.lr_scheduler}.
 */
public sealed interface LearningRate
        permits LearningRate.Constant,
                LearningRate.Step,
                LearningRate.Exponential,
                LearningRate.Cosine,
                LearningRate.CosineRestarts,
                LearningRate.WarmUp,
                OneCycle {
    /**
     * The factor at a time.
     *
     * @param t units of time since the start, 0 or more
     */
    double factor(long t);

    /** The momentum at time t, where the schedule moves it too. */
    default OptionalDouble momentum(long t) {
        return OptionalDouble.empty();
    }

    /** Always 1. */
    record Constant() implements LearningRate {
        @Override
        public double factor(long t) {
            return 1;
        }
    }

    /**
     * StepLR: times gamma every {@code every} units.
     *
     * @param every units of time, 1 or more
     * @param gamma what the factor is multiplied by
     */
    record Step(long every, double gamma) implements LearningRate {
        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException when one is out of range; names it and the range
         */
        public Step {
            atLeastOne("step every", every);
        }

        @Override
        public double factor(long t) {
            long drops = t / every;
            return Math.pow(gamma, drops);
        }
    }

    /**
     * ExponentialLR: times gamma every unit.
     *
     * @param gamma what the factor is multiplied by
     */
    record Exponential(double gamma) implements LearningRate {
        @Override
        public double factor(long t) {
            return Math.pow(gamma, t);
        }
    }

    /**
     * CosineAnnealingLR from 1 to {@code floor} over {@code length} units, and {@code floor} from there on.
     *
     * @param length units of time, 1 or more
     * @param floor the last factor
     */
    record Cosine(long length, double floor) implements LearningRate {
        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException when one is out of range; names it and the range
         */
        public Cosine {
            atLeastOne("cosine length", length);
        }

        @Override
        public double factor(long t) {
            double progress = Math.min(1, (double) t / length);
            return floor + (1 - floor) * (1 + Math.cos(Math.PI * progress)) / 2;
        }
    }

    /**
     * CosineAnnealingWarmRestarts: from 1 towards {@code floor} in cycles, each of which begins at 1 again.
     *
     * @param length of the first cycle in units of time, 1 or more
     * @param growth how many times as long as the one before each cycle is, 1 or more
     * @param floor the factor that each cycle falls towards
     */
    record CosineRestarts(long length, long growth, double floor) implements LearningRate {
        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException when one is out of range; names it and the range
         */
        public CosineRestarts {
            atLeastOne("cosine-restarts length", length);
            atLeastOne("cosine-restarts growth", growth);
        }

        @Override
        public double factor(long t) {
            long cycle = length;
            long since = growth == 1 ? t % length : t;
            while (since >= cycle) {
                since -= cycle;
                cycle *= growth;
            }
            return floor + (1 - floor) * (1 + Math.cos(Math.PI * since / cycle)) / 2;
        }
    }

    /**
     * Linear rise from 1/length to 1 over {@code length} units, then {@code after}, whose time starts at the end of it.
     *
     * @param length units of time, 1 or more
     * @param after the schedule that follows
     */
    record WarmUp(long length, LearningRate after) implements LearningRate {
        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException when one is out of range; names it and the range
         */
        public WarmUp {
            atLeastOne("warm-up length", length);
        }

        @Override
        public double factor(long t) {
            return t < length ? (t + 1.0) / length : after.factor(t - length);
        }

        @Override
        public OptionalDouble momentum(long t) {
            return after.momentum(Math.max(0, t - length));
        }
    }

    private static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 1 or more)");
        }
    }
}
