package millrace.actors.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import millrace.actors.trainer.GradientNorms.Step;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.stage.LossSum;
import org.junit.jupiter.api.Test;

class GradientNormsTest {
    private final GradientNorms norms = new GradientNorms(GradientGuard.NONE.reporting(), 3);

    @Test
    void theWholeIsKnownWhenAllStagesHaveTold() {
        assertThat(norms.add(1, Map.of(2, List.of(9.0)))).isEmpty();
        assertThat(norms.add(1, Map.of(0, List.of(4.0, 12.0), 1, List.of(25.0))))
                .contains(50.0);
    }

    @Test
    void aLossWaitsForItsNorms() {
        norms.lost(1, new LossSum(0.5, 1));
        assertThat(norms.next()).isEmpty();
        norms.add(1, Map.of(2, List.of(9.0)));
        assertThat(norms.next()).isEmpty();
        norms.add(1, Map.of(0, List.of(4.0, 12.0), 1, List.of(25.0)));

        assertThat(norms.next()).contains(new Step(new LossSum(0.5, 1), List.of(4.0, 5.0, 3.0)));
        assertThat(norms.next()).isEmpty();
    }

    @Test
    void ranksMayBeSomeBatchesApart() {
        norms.add(1, Map.of(0, List.of(1.0)));
        norms.add(2, Map.of(0, List.of(4.0)));
        norms.add(1, Map.of(1, List.of(1.0), 2, List.of(1.0)));
        norms.lost(1, new LossSum(0.5, 1));
        norms.lost(2, new LossSum(0.25, 1));

        assertThat(norms.next()).contains(new Step(new LossSum(0.5, 1), List.of(1.0, 1.0, 1.0)));
        assertThat(norms.next()).isEmpty();
        norms.add(2, Map.of(2, List.of(16.0), 1, List.of(9.0)));
        assertThat(norms.next()).contains(new Step(new LossSum(0.25, 1), List.of(2.0, 3.0, 4.0)));
    }

    @Test
    void whereNothingIsMeasuredEveryLossGoesThrough() {
        GradientNorms silent = new GradientNorms(GradientGuard.NONE, 3);
        silent.lost(1, new LossSum(0.5, 1));

        assertThat(silent.next()).contains(new Step(new LossSum(0.5, 1), List.of()));
        assertThat(silent.next()).isEmpty();
    }
}
