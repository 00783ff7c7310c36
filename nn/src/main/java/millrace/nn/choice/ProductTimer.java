package millrace.nn.choice;

import java.util.List;
import millrace.nn.choice.KernelTable.Demand;
import millrace.nn.choice.KernelTable.Size;

/** Measures the products of weight matrices on this machine's processor. */
public interface ProductTimer {
    /** What is measured. */
    Processor processor();

    /** How a matrix is multiplied of which nothing was measured. */
    KernelTable.Usual usual();

    /** Measures the products of one size: about a second, on the calling thread. */
    ProductTimes measure(Size size);

    /** The choices for a run by a table of this processor. */
    default KernelChoices choices(KernelTable table, List<Demand> demands) {
        return table.choices(demands, usual());
    }
}
