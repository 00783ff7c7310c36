package millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import millrace.schedule.Placement.Replica;
import millrace.schedule.simulate.Simulation;
import millrace.schedule.simulate.Simulator;
import org.junit.jupiter.api.Test;

class PlacementTest {
    /** Two copies of a line of two stages side by side: even micro-batches on ranks 0 and 1, odd ones on 2 and 3. */
    private static final Placement SIDE_BY_SIDE = new Placement(
            4,
            List.of(new Replica(List.of(0, 1), List.of(0, 2, 4, 6)), new Replica(List.of(2, 3), List.of(1, 3, 5, 7))));

    private static List<Cell> row(String text) {
        return List.of(text.split(" ")).stream().map(Cell::parse).toList();
    }

    /** 1f1b in each of the two copies. */
    private static Schedule dataParallel() {
        return new Schedule(
                "data-parallel",
                SIDE_BY_SIDE,
                List.of(
                        row("0F0 0F2 0B0 0F4 0B2 0F6 0B4 0B6"),
                        row("1F0 1B0 1F2 1B2 1F4 1B4 1F6 1B6"),
                        row("0F1 0F3 0B1 0F5 0B3 0F7 0B5 0B7"),
                        row("1F1 1B1 1F3 1B3 1F5 1B5 1F7 1B7")));
    }

    private static void assertRefused(int ranks, List<Replica> replicas, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Placement(ranks, replicas))
                .withMessage(message);
    }

    @Test
    void aLoopAndAVeeHoldEachStageOnce() {
        PipelineShape shape = new PipelineShape(3, 2, 4);

        assertThat(Placement.loop(shape).stagesOfRanks())
                .isEqualTo(List.of(List.of(0, 3), List.of(1, 4), List.of(2, 5)));
        assertThat(Placement.vee(shape).stagesOfRanks())
                .isEqualTo(List.of(List.of(0, 5), List.of(1, 4), List.of(2, 3)));
        assertThat(Placement.vee(shape).replicas())
                .containsExactly(new Replica(List.of(0, 1, 2, 2, 1, 0), List.of(0, 1, 2, 3)));
        assertThat(Placement.loop(shape).chunks()).isEqualTo(2);
        assertThat(Placement.loop(shape).share(1)).isEqualTo(2);
    }

    @Test
    void theShareOfARankIsWhatAMicroBatchPassesThere() {
        Placement crossed = Schedules.generate("chimera", 4, 8).placement();
        Placement uneven = Placement.of(List.of(List.of(0, 1, 3), List.of(2), List.of()), 2);

        for (int rank = 0; rank < 4; rank++) {
            // two stages of two replicas, and one stage of one
            assertThat(crossed.share(rank)).isEqualTo(1);
            assertThat(SIDE_BY_SIDE.share(rank)).isEqualTo(1);
        }
        assertThat(crossed.chunks()).isEqualTo(1);
        assertThat(SIDE_BY_SIDE.chunks()).isEqualTo(1);
        assertThat(new double[] {uneven.share(0), uneven.share(1), uneven.share(2)})
                .containsExactly(3, 1, 0);
        assertThat(uneven.chunks()).isEqualTo(3);
    }

    @Test
    void replicasSideBySideHaveRanksOfTheirOwn() {
        assertThat(SIDE_BY_SIDE.stages()).isEqualTo(2);
        assertThat(SIDE_BY_SIDE.microBatches()).isEqualTo(8);
        assertThat(SIDE_BY_SIDE.stagesOfRanks()).isEqualTo(List.of(List.of(0), List.of(1), List.of(0), List.of(1)));
        assertThat(SIDE_BY_SIDE.ranksOf(1)).containsExactly(1, 3);
        assertThat(SIDE_BY_SIDE.rankOf(1, 4)).isEqualTo(1);
        assertThat(SIDE_BY_SIDE.rankOf(1, 5)).isEqualTo(3);
        assertThat(SIDE_BY_SIDE.replicaOf(5)).isEqualTo(1);
        assertThat(SIDE_BY_SIDE.replicaOn(3, 1)).isEqualTo(1);
        assertThat(SIDE_BY_SIDE.replicaOn(3, 0)).isEqualTo(-1);
    }

    @Test
    void aDataParallelLineHasThePeaksAndTheBubbleOfOneReplica() {
        Schedule parallel = Validator.checked(dataParallel());
        Costs costs = Costs.unit(new PipelineShape(2, 1, 8));
        Simulation simulation = Simulator.simulate(parallel, costs);
        Simulation one = Simulator.simulate(Schedules.generate("1f1b", 2, 4), costs);

        assertThat(simulation.peakActivations()).containsExactly(2, 1, 2, 1);
        assertThat(simulation.makespan()).isEqualTo(one.makespan()).isEqualTo(15);
        assertThat(simulation.bubble()).isEqualTo(one.bubble()).isEqualTo(1 - 12 / 15.0);
        assertThat(simulation.busy()).containsExactly(12, 12, 12, 12);
    }

    @Test
    void aDataParallelLineIsReadBackFromItsCells() {
        assertThat(ScheduleCsv.read("data-parallel", ScheduleCsv.write(dataParallel())))
                .isEqualTo(dataParallel());
    }

    @Test
    void aMicroBatchThatLeavesItsReplicaIsPointedAt() {
        Schedule crossing = new Schedule(
                "crossing",
                new Placement(
                        4, List.of(new Replica(List.of(0, 1), List.of(0)), new Replica(List.of(2, 3), List.of(1)))),
                List.of(row("0F0 0B0"), row("1F1 1B1"), row("0F1 0B1"), row("1F0 1B0")));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Validator.checked(crossing))
                .withMessageStartingWith(
                        "schedule crossing, rank 1, column 0: 1F1 on rank 1 (expected: on rank 3, all of a"
                                + " micro-batch goes through one replica of the line");
    }

    @Test
    void replicasThatDoNotFitTogetherAreRefused() {
        assertRefused(2, List.of(), "replicas: 0 (expected: 1 or more)");
        assertRefused(
                3,
                List.of(new Replica(List.of(0, 1), List.of(0)), new Replica(List.of(2), List.of(1))),
                "replica 1: 1 stages (expected: 2, as replica 0 has)");
        assertRefused(
                2, List.of(new Replica(List.of(0, 2), List.of(0))), "replica 0, stage 1: rank 2 (expected: 0 to 1)");
        assertRefused(
                2,
                List.of(new Replica(List.of(0, 1), List.of(0)), new Replica(List.of(1, 1), List.of(1))),
                "replicas 0 and 1, stage 1: both on rank 1 (expected: a rank holds a stage once)");
    }

    @Test
    void everyMicroBatchGoesThroughOneReplica() {
        List<Integer> first = List.of(0);
        List<Integer> second = List.of(1);
        assertRefused(
                2,
                List.of(new Replica(first, List.of(0, 1)), new Replica(second, List.of(1))),
                "replica 1: micro-batches [1] (expected: ascending, and over all replicas each of 0 to 2 once)");
        assertRefused(
                1,
                List.of(new Replica(first, List.of(1, 0))),
                "replica 0: micro-batches [1, 0] (expected: ascending, and over all replicas each of 0 to 1 once)");
        assertRefused(
                1,
                List.of(new Replica(first, List.of(0, 2))),
                "replica 0: micro-batches [0, 2] (expected: ascending, and over all replicas each of 0 to 1 once)");
    }

    @Test
    void aLineThatExistsOnceHasEachStageOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Placement.of(List.of(List.of(0), List.of(2)), 1))
                .withMessage(
                        "placement: [[0], [2]] (expected: each stage from 0 to 2 once; a line that exists several times"
                                + " is made of replicas)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Schedule(
                        "own", Placement.of(List.of(List.of(0), List.of(1)), 1), List.of(List.<Action>of())))
                .withMessage("schedule own: placement for 2 ranks, orders for 1 (expected: as many)");
    }
}
