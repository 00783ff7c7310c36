package millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.Stream;
import millrace.schedule.Placement.Replica;
import millrace.schedule.simulate.Simulation;
import millrace.schedule.simulate.Simulator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReplicationTest {
    private static List<String> cells(Schedule schedule, int rank) {
        return schedule.order().get(rank).stream().map(Object::toString).toList();
    }

    @Test
    void theTwoCopiesOfTheDrawing() {
        Schedule twice = Replication.of(Schedules.generate("1f1b", 2, 2), 2);

        assertThat(cells(twice, 0)).containsExactly("0F0", "0F2", "0B0", "0B2");
        assertThat(cells(twice, 1)).containsExactly("1F0", "1B0", "1F2", "1B2");
        assertThat(cells(twice, 2)).containsExactly("0F1", "0F3", "0B1", "0B3");
        assertThat(cells(twice, 3)).containsExactly("1F1", "1B1", "1F3", "1B3");
        assertThat(twice.placement().replicas())
                .containsExactly(new Replica(List.of(0, 1), List.of(0, 2)), new Replica(List.of(2, 3), List.of(1, 3)));
    }

    @Test
    void bothReplicasOfChimeraAreCopied() {
        Schedule twice = Replication.of(Schedules.generate("chimera", 2, 4), 2);

        assertThat(twice.placement().replicas())
                .containsExactly(
                        new Replica(List.of(0, 1), List.of(0, 4)),
                        new Replica(List.of(1, 0), List.of(2, 6)),
                        new Replica(List.of(2, 3), List.of(1, 5)),
                        new Replica(List.of(3, 2), List.of(3, 7)));
    }

    static Stream<String> names() {
        return Schedules.all().stream().map(Generator::name);
    }

    /** Copies do what the line does, and are found again in the cells of a file. */
    @ParameterizedTest
    @MethodSource("names")
    void everyScheduleCanBeCopied(String name) {
        Schedule line = Schedules.generate(name, 4, 8);
        PipelineShape shape = new PipelineShape(4, Schedules.named(name).defaultChunks(), 8);
        Simulation one = Simulator.simulate(line, Costs.unit(shape));
        for (int copies = 1; copies <= 3; copies++) {
            Schedule several = Validator.checked(Replication.of(line, copies));
            Simulation simulation = Simulator.simulate(several, Costs.unit(shape));

            assertThat(several.ranks()).isEqualTo(4 * copies);
            assertThat(several.microBatches()).isEqualTo(8 * copies);
            assertThat(simulation.makespan()).isEqualTo(one.makespan());
            assertThat(simulation.bubble()).isEqualTo(one.bubble());
            for (int rank = 0; rank < several.ranks(); rank++) {
                assertThat(simulation.peakActivations()[rank]).isEqualTo(one.peakActivations()[rank % 4]);
            }
            assertThat(ScheduleCsv.read(name, ScheduleCsv.write(several)).order())
                    .isEqualTo(several.order());
        }
    }

    @Test
    void aSingleCopyIsTheLineItself() {
        Schedule line = Schedules.generate("zb-v", 2, 4);

        assertThat(Replication.of(line, 1)).isSameAs(line);
    }

    @Test
    void microBatchesAreDividedEvenly() {
        assertThat(Replication.share(6, 3)).isEqualTo(2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Replication.share(4, 3))
                .withMessage("micro-batches: 4 (expected: a multiple of 3, the replicas, each has as many); take 6");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Replication.share(0, 0))
                .withMessage("replicas: 0 (expected: 1 or more)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Replication.of(Schedules.generate("1f1b", 1, 1), -1))
                .withMessage("replicas: -1 (expected: 1 or more)");
    }
}
