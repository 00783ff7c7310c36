package millrace.schedule.zoo;

import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;

/**
 * 1F1B with twice the warm-up, 2(p-1-r) forwards (Zhuang et al., On Optimizing the Communication of Model Parallelism,
 * MLSys 2023; Alpa's overlap-friendly schedule): an activation has a whole slot to travel in. For 3 ranks and 6
 * micro-batches:
 *
 * <pre>
 * rank 0: F0 F1 F2 F3 F4       B0 B0 F5 B1 B1 B2 B2 B3 B3 B4 B4 B5 B5
 * rank 1:    F0 F1 F2    B0 B0 F3 B1 B1 F4 B2 B2 F5 B3 B3 B4 B4 B5 B5
 * rank 2:       F0 B0 B0 F1 B1 B1 F2 B2 B2 F3 B3 B3 F4 B4 B4 F5 B5 B5
 * </pre>
 *
 * The bubble of 1F1B where messages are free; where they are not it stays at 2(p-1) hops and does not grow with the
 * micro-batches. Rank r holds at most min(m, 2(p-r)-1).
 */
public final class EagerOneForwardOneBackward implements Generator {
    @Override
    public String name() {
        return "eager-1f1b";
    }

    @Override
    public String description() {
        return "1f1b with twice the warm-up, for slow links (Alpa 2023)";
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        shape.requireChunks(name(), 1);
        return OneByOne.schedule(name(), shape, rank -> 2 * (shape.ranks() - 1 - rank));
    }
}
