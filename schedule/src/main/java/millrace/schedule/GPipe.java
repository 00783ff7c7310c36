package millrace.schedule;

import java.util.ArrayList;
import java.util.List;

/**
 * Fill and drain (Huang et al., GPipe, NeurIPS 2019): all forwards, then all backwards in ascending order, which is
 * torch's order too. For 3 ranks and 4 micro-batches, one column a unit of time, a backward taking two:
 *
 * <pre>
 * rank 0: F0 F1 F2 F3                   B0 B0 B1 B1 B2 B2 B3 B3
 * rank 1:    F0 F1 F2 F3          B0 B0 B1 B1 B2 B2 B3 B3
 * rank 2:       F0 F1 F2 F3 B0 B0 B1 B1 B2 B2 B3 B3
 * </pre>
 *
 * Bubble (p-1)/(m+p-1); every rank holds all m micro-batches.
 */
final class GPipe implements Generator {
    @Override
    public String name() {
        return "gpipe";
    }

    @Override
    public String description() {
        return "all forwards, then all backwards (GPipe 2019)";
    }

    @Override
    public Schedule generate(int ranks, int microBatches) {
        List<List<Action>> order = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            List<Action> actions = new ArrayList<>();
            for (int i = 0; i < microBatches; i++) {
                actions.add(Action.forward(rank, i));
            }
            for (int i = 0; i < microBatches; i++) {
                actions.add(Action.backward(rank, i));
            }
            order.add(actions);
        }
        return new Schedule(name(), microBatches, Placements.line(ranks), order);
    }
}
