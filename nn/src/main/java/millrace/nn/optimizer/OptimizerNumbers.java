package millrace.nn.optimizer;

/** The ranges of the numbers of optimizers; each check throws IllegalArgumentException, naming the number and its range. */
final class OptimizerNumbers {
    private OptimizerNumbers() {}

    static void positive(String name, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: above 0 and finite)");
        }
    }

    static void notNegative(String name, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 0 or more and finite)");
        }
    }

    static void fraction(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: at least 0 and below 1)");
        }
    }
}
