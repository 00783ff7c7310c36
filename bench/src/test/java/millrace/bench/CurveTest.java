package millrace.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import millrace.actors.event.TrainingEvent;
import millrace.nn.infer.Evaluation;
import org.junit.jupiter.api.Test;

class CurveTest {
    private long now;

    @Test
    void countsSecondsOfTrainingAlone() {
        // batches of 4 from 10 samples: the third of an epoch holds 2
        Curve curve = new Curve(4, 10, () -> now * 1_000_000_000L);
        // time until the first loss does not count
        progress(curve, 100, 1, 1);
        progress(curve, 102, 1, 2);
        evaluated(curve, 110);
        progress(curve, 113, 1, 3);
        now = 120;
        curve.onEvent(new TrainingEvent.EpochEnd(1, 3, 0.5, 1e-3, Map.of("test", evaluation()), 1, List.of()));
        progress(curve, 121, 2, 1);
        assertThat(curve.points())
                .containsExactly(new Curve.Point(2, 8, 2, 0.75, 0.5), new Curve.Point(3, 10, 5, 0.75, 0.5));
        assertThat(curve.diverged()).isEqualTo(new Curve.Point(4, 14, 6, Double.NaN, Double.NaN));
    }

    @Test
    void aPointIsWhereItsWeightsWereMade() {
        Curve curve = new Curve(4, 10, () -> now * 1_000_000_000L);
        progress(curve, 100, 1, 1);
        progress(curve, 102, 1, 2);
        progress(curve, 104, 1, 3);
        progress(curve, 107, 2, 1);
        evaluated(curve, 110);
        progress(curve, 112, 2, 2);
        now = 115;
        curve.onEvent(new TrainingEvent.EpochEnd(1, 3, 0.5, 1e-3, Map.of("test", evaluation()), 1, List.of()));

        assertThat(curve.points())
                .as("the clock goes on")
                .containsExactly(new Curve.Point(2, 8, 2, 0.75, 0.5), new Curve.Point(3, 10, 4, 0.75, 0.5));
        assertThat(curve.diverged()).isEqualTo(new Curve.Point(5, 18, 12, Double.NaN, Double.NaN));
    }

    private void progress(Curve curve, long at, int epoch, long stepInEpoch) {
        now = at;
        curve.onEvent(new TrainingEvent.Step(
                3L * (epoch - 1) + stepInEpoch, 3, 1, 1e-3, new TrainingEvent.Stretch(0, 4, 1), List.of()));
    }

    private void evaluated(Curve curve, long at) {
        now = at;
        curve.onEvent(new TrainingEvent.EvaluationDone(2, Map.of("test", evaluation())));
    }

    private static Evaluation evaluation() {
        return new Evaluation(4, 0.5, List.of(List.of(2L, 1L), List.of(0L, 1L)));
    }
}
