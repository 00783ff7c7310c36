package millrace.nn.infer;

import java.util.Comparator;
import java.util.stream.IntStream;
import millrace.nn.random.RandomStream;

/**
 * Chooses tokens by a network's logits. The same settings and the same logits give the same tokens.
 *
 * @param temperature what logits are divided by before the softmax; 0: always the likeliest token
 * @param topK the likeliest tokens that are chosen from; 0: all
 * @param seed of the choices
 */
public record Sampler(double temperature, int topK, long seed) {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException on a number out of range
     */
    public Sampler {
        if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "temperature: " + temperature + " (expected: 0 for the likeliest character, or above, as in 0.8)");
        }
        if (topK < 0) {
            throw new IllegalArgumentException("top-k: " + topK + " (expected: 1 or more, or 0 for all characters)");
        }
    }

    /**
     * One token.
     *
     * @param logits by token
     * @param index of the choice, from 0: what tells its random number from others
     * @throws IllegalArgumentException when a logit is not a number
     */
    int choose(float[] logits, long index) {
        for (float logit : logits) {
            if (Float.isNaN(logit)) {
                throw new IllegalArgumentException(
                        "logits: NaN (expected: numbers); the training has diverged, take an earlier checkpoint");
            }
        }
        // the sort is stable: of equal logits the first comes first
        int[] tokens = IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer token) -> -logits[token]))
                .mapToInt(Integer::intValue)
                .toArray();
        int chosenFrom = topK == 0 ? tokens.length : Math.min(topK, tokens.length);
        if (temperature == 0 || chosenFrom == 1) {
            return tokens[0];
        }
        double[] shares = new double[chosenFrom];
        double sum = 0;
        for (int i = 0; i < chosenFrom; i++) {
            // StrictMath, as Math's last bit may change when a loop is compiled
            shares[i] = StrictMath.exp((logits[tokens[i]] - logits[tokens[0]]) / temperature);
            sum += shares[i];
        }
        double left = RandomStream.of(seed, RandomStream.Purpose.SAMPLE, index).nextDouble() * sum;
        for (int i = 0; i < chosenFrom - 1; i++) {
            left -= shares[i];
            if (left < 0) {
                return tokens[i];
            }
        }
        return tokens[chosenFrom - 1];
    }
}
