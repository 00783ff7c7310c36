package millrace.app.sweep;

import java.util.ArrayList;
import java.util.List;

/**
 * Successive halving (Jamieson and Talwalkar 2016): all trials are trained for few epochs, the
 * better ones among them for {@code eta} times as many, and so on. With 9 trials, eta 3 and 9 epochs:
 *
 * <pre>
 * epochs 1    9 trials
 * epochs 3    3 of them go on
 * epochs 9    1 of those goes on
 * </pre>
 *
 * @param eta one in so many goes on
 * @param first epochs of the first rung
 */
public record Halving(int eta, int first) {
    /** Everybody is trained to the end. */
    public static final Halving NONE = new Halving(2, Integer.MAX_VALUE);

    public Halving {
        if (eta < 2 || first < 1) {
            throw new IllegalArgumentException(
                    "--eta: " + eta + ", --min-epochs: " + first + " (expected: 2 or more of eta, 1 or more epochs)");
        }
    }

    /** Epochs after which trials are compared, ascending; the last are all of them. */
    public List<Integer> rungs(int epochs) {
        List<Integer> rungs = new ArrayList<>();
        for (long rung = first; rung < epochs; rung *= eta) {
            rungs.add((int) rung);
        }
        rungs.add(epochs);
        return rungs;
    }

    /** Trials that go on from a rung: at least one, if there is any. */
    public int survivors(int trials) {
        return (trials + eta - 1) / eta;
    }
}
