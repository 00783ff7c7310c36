package millrace.schedule.zoo;

import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;

/**
 * One forward, one backward with a flush (Narayanan et al., PipeDream-Flush, ICML 2021; DAPPLE, PPoPP 2021): after a
 * warm-up of p-1-r forwards, rank r alternates. For 3 ranks and 4 micro-batches:
 *
 * <pre>
 * rank 0: F0 F1 F2          B0 B0 F3 B1 B1    B2 B2    B3 B3
 * rank 1:    F0 F1       B0 B0 F2 B1 B1 F3 B2 B2    B3 B3
 * rank 2:       F0 B0 B0 F1 B1 B1 F2 B2 B2 F3 B3 B3
 * </pre>
 *
 * The same bubble as GPipe, (p-1)/(m+p-1), but rank r holds at most min(m, p-r) micro-batches. The warm-up is clamped,
 * so any number of micro-batches will do.
 */
public final class OneForwardOneBackward implements Generator {
    @Override
    public String name() {
        return "1f1b";
    }

    @Override
    public String description() {
        return "one forward, one backward, with a flush (PipeDream-Flush 2021)";
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        shape.requireChunks(name(), 1);
        return OneByOne.schedule(name(), shape, rank -> shape.ranks() - 1 - rank);
    }
}
