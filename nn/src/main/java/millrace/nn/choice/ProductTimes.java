package millrace.nn.choice;

import millrace.nn.choice.Choice.Form;

/**
 * How long the products of a weight matrix with so many rows take on one core, in microseconds, with weights that are not in
 * its cache.
 *
 * @param forward in its forms
 * @param input backward-input in its forms
 * @param weight backward-weight, added to what is there
 */
public record ProductTimes(OfForms forward, OfForms input, double weight) {
    /**
     * A product in each form.
     *
     * @param plain of the matrix as it lies there
     * @param primitive the same by the library's primitive
     * @param packed of a copy
     * @param packing what the copy takes
     */
    public record OfForms(double plain, double primitive, double packed, double packing) {
        /** @throws IllegalArgumentException unless all are above 0; what packing takes may be 0, too small to be measured */
        public OfForms {
            require(plain > 0, plain);
            require(primitive > 0, primitive);
            require(packed > 0, packed);
            require(packing >= 0, packing);
        }

        /** Of one form, with its share of a copy that serves so many calls. */
        double of(Form form, double calls) {
            return switch (form) {
                case PLAIN -> plain;
                case PRIMITIVE -> primitive;
                case PACKED -> packed + packing / calls;
            };
        }
    }

    /** @throws IllegalArgumentException unless the time is above 0 */
    public ProductTimes {
        require(weight > 0, weight);
    }

    private static void require(boolean fits, double time) {
        if (!fits || !Double.isFinite(time)) {
            throw new IllegalArgumentException("time: " + time + " (expected: microseconds, a number above 0)");
        }
    }

    /** All three products of one micro-batch. */
    double all(Choice choice, double calls) {
        return forward.of(choice.forward(), calls) + input.of(choice.backwardInput(), calls) + weight;
    }
}
