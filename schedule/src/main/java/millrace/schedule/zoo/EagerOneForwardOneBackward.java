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
 * rank 0: 0F0 0F1 0F2 0F3 0F4 0B0 0F5 0B1     0B2     0B3     0B4     0B5
 * rank 1:     1F0 1F1 1F2 1B0 1F3 1B1 1F4 1B2 1F5 1B3     1B4     1B5
 * rank 2:         2F0 2B0 2F1 2B1 2F2 2B2 2F3 2B3 2F4 2B4 2F5 2B5
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
