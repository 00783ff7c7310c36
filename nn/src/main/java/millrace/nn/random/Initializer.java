package millrace.nn.random;

import java.util.Locale;

/**
 * How a parameter's first values are drawn, with PyTorch's formulas ({@code torch.nn.init}, gain sqrt 2 for Kaiming
 * as for ReLU). Glorot and Bengio 2010; He, Zhang, Ren and Sun 2015.
 */
public enum Initializer {
    /** Uniform in +-sqrt(6 / fanIn). */
    KAIMING_UNIFORM {
        @Override
        public double draw(RandomStream random, int fanIn, int fanOut) {
            return uniform(random, Math.sqrt(6.0 / fanIn));
        }
    },
    /** Normal with deviation sqrt(2 / fanIn). */
    KAIMING_NORMAL {
        @Override
        public double draw(RandomStream random, int fanIn, int fanOut) {
            return random.nextGaussian() * Math.sqrt(2.0 / fanIn);
        }
    },
    /** Uniform in +-sqrt(6 / (fanIn + fanOut)). */
    XAVIER_UNIFORM {
        @Override
        public double draw(RandomStream random, int fanIn, int fanOut) {
            return uniform(random, Math.sqrt(6.0 / (fanIn + fanOut)));
        }
    },
    /** Normal with deviation sqrt(2 / (fanIn + fanOut)). */
    XAVIER_NORMAL {
        @Override
        public double draw(RandomStream random, int fanIn, int fanOut) {
            return random.nextGaussian() * Math.sqrt(2.0 / (fanIn + fanOut));
        }
    },
    /** Uniform in +-1 / sqrt(fanIn): what PyTorch's Linear does by default to weights and biases. */
    PYTORCH {
        @Override
        public double draw(RandomStream random, int fanIn, int fanOut) {
            return uniform(random, 1 / Math.sqrt(fanIn));
        }
    },
    /** Standard normal: what PyTorch's Embedding does by default. */
    NORMAL {
        @Override
        public double draw(RandomStream random, int fanIn, int fanOut) {
            return random.nextGaussian();
        }
    },
    /** Normal with deviation 0.02, as in GPT-2 (Radford et al. 2019). */
    GPT2 {
        @Override
        public double draw(RandomStream random, int fanIn, int fanOut) {
            return random.nextGaussian() * 0.02;
        }
    },
    /** 1 everywhere, as gains of norms begin. */
    ONES {
        @Override
        public double draw(RandomStream random, int fanIn, int fanOut) {
            return 1;
        }
    },
    /** 0 everywhere. */
    ZEROS {
        @Override
        public double draw(RandomStream random, int fanIn, int fanOut) {
            return 0;
        }
    };

    /**
     * One value.
     *
     * @param fanIn inputs that an output sums over
     * @param fanOut outputs that an input goes into
     */
    public abstract double draw(RandomStream random, int fanIn, int fanOut);

    /** The name in run files: {@code kaiming-normal}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static double uniform(RandomStream random, double bound) {
        return (2 * random.nextDouble() - 1) * bound;
    }
}
