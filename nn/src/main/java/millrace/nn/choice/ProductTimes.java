package millrace.nn.choice;

import java.util.List;
import millrace.nn.choice.Choice.Form;

/**
 * How long the products of a weight matrix with so many rows take on one core, in microseconds, with weights that are not in
 * its cache.
 *
 * @param forward of the matrix as it lies there
 * @param forwardPacked of a copy
 * @param forwardPacking what the copy takes
 * @param input backward-input of the matrix as it lies there
 * @param inputPacked of a copy
 * @param inputPacking what the copy takes
 * @param weight backward-weight, added to what is there
 */
public record ProductTimes(
        double forward,
        double forwardPacked,
        double forwardPacking,
        double input,
        double inputPacked,
        double inputPacking,
        double weight) {
    /** @throws IllegalArgumentException unless all are above 0; what packing takes may be 0 too small to be measured */
    public ProductTimes {
        for (double time : List.of(forward, forwardPacked, input, inputPacked, weight)) {
            require(time > 0 && Double.isFinite(time), time);
        }
        require(forwardPacking >= 0 && Double.isFinite(forwardPacking), forwardPacking);
        require(inputPacking >= 0 && Double.isFinite(inputPacking), inputPacking);
    }

    private static void require(boolean fits, double time) {
        if (!fits) {
            throw new IllegalArgumentException("time: " + time + " (expected: microseconds, a number above 0)");
        }
    }

    /** Of a forward in one form, with its share of a copy that serves so many. */
    double forward(Form form, double calls) {
        return form == Form.PLAIN ? forward : forwardPacked + forwardPacking / calls;
    }

    /** The same of a backward-input. */
    double input(Form form, double calls) {
        return form == Form.PLAIN ? input : inputPacked + inputPacking / calls;
    }

    /** All three products of one micro-batch. */
    double all(Choice choice, double calls) {
        return forward(choice.forward(), calls) + input(choice.backwardInput(), calls) + weight;
    }
}
