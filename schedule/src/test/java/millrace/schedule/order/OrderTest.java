package millrace.schedule.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import millrace.schedule.AscendingGradients;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.stream.Discipline;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;

class OrderTest {
    private static final StreamSpec STREAM = new StreamSpec(4, 3, 0, WeightPolicy.STASH);

    @Test
    void aScheduleIsAskedForWhatAnOrderHas() {
        Schedule schedule = Schedules.generate("interleaved-1f1b", 2, 4);
        Order order = new Flushed(schedule);

        assertThat(order.name()).isEqualTo("interleaved-1f1b");
        assertThat(order.placement()).isSameAs(schedule.placement());
        assertThat(List.of(order.ranks(), order.stages(), order.microBatches())).containsExactly(2, 4, 4);
        assertThat(order.optimizerSteps(7)).isEqualTo(7);
        assertThat(order.stream()).isEmpty();
    }

    @Test
    void aScheduleIsKeptAsItIsExecuted() {
        Schedule descending = Schedules.generate("looped-bfs", 2, 4);
        Flushed order = new Flushed(descending);

        assertThat(order.schedule())
                .isEqualTo(AscendingGradients.of(descending))
                .isNotEqualTo(descending);
        assertThat(new Flushed(order.schedule())).isEqualTo(order);
    }

    @Test
    void aStreamHasOneStageARankAndStepsByItself() {
        Order order = Streamed.of(STREAM, 6);

        assertThat(order.name()).isEqualTo("async-1f1b");
        assertThat(order.placement().stagesOfRanks())
                .isEqualTo(List.of(List.of(0), List.of(1), List.of(2), List.of(3)));
        assertThat(List.of(order.ranks(), order.stages(), order.microBatches())).containsExactly(4, 4, 6);
        assertThat(order.optimizerSteps(7)).isEqualTo(14);
        assertThat(order.stream()).contains(STREAM);
    }

    @Test
    void copiesOfAStreamHaveRanksAndMicroBatchesOfTheirOwn() {
        Streamed order = Streamed.of(new StreamSpec(2, 3, 0, WeightPolicy.STASH), 12, 2);

        assertThat(order.placement().stagesOfRanks())
                .isEqualTo(List.of(List.of(0), List.of(1), List.of(0), List.of(1)));
        assertThat(order.placement().microBatchesOfReplicas())
                .isEqualTo(List.of(List.of(0, 2, 4, 6, 8, 10), List.of(1, 3, 5, 7, 9, 11)));
        assertThat(List.of(order.replicas(), order.microBatches(), order.microBatchesOfReplica()))
                .containsExactly(2, 12, 6);
        assertThat(order.optimizerSteps(7)).isEqualTo(14);
    }

    @Test
    void aGreedyStreamIsNamedSo() {
        StreamSpec greedy = new StreamSpec(2, 1, 0, WeightPolicy.STASH, Discipline.GREEDY, 0);

        assertThat(Streamed.of(greedy, 1).name()).isEqualTo("greedy");
    }

    @Test
    void aStreamOverAnotherPlacementIsRefused() {
        Placement vee = Placement.vee(new PipelineShape(2, 2, 3));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Streamed(STREAM, vee))
                .withMessage(
                        "placement: [[0, 3], [1, 2]] (expected: [[0], [1], [2], [3]], a stream of 4 stages has one on"
                                + " each rank)");
    }
}
