package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.cluster.CoordinatorProtocol.Status;
import millrace.actors.cluster.CoordinatorProtocol.WorkerStatus;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.actor.TrainerProtocol.LineTold;
import millrace.actors.rank.actor.TrainerProtocol.Pace;
import millrace.actors.rank.actor.TrainerProtocol.Position;
import org.junit.jupiter.api.Test;

/** Who waits for what, and who holds up the others. */
class LineStatusTest {
    private static final long SECOND = 1_000_000_000L;

    private static Status status(WorkerStatus... workers) {
        return new Status(Optional.of("run"), "training", 2, 30, 99, List.of(workers));
    }

    private static WorkerStatus worker(String address, Integer... ranks) {
        return new WorkerStatus(address, 1, List.of(ranks));
    }

    /** After ten batches that nobody looks at any more. */
    private static Position position(int rank, long busySeconds, long batches) {
        return new Position(
                1,
                rank,
                5,
                false,
                "rank " + rank + " waits",
                new Pace(3 * SECOND, (100 + busySeconds) * SECOND, 10 + batches));
    }

    private static final Map<Integer, Pace> BEFORE = Map.of(
            0, new Pace(0, 100 * SECOND, 10),
            1, new Pace(0, 100 * SECOND, 10),
            2, new Pace(0, 100 * SECOND, 10));

    @Test
    void aWorkerThatTakesTwiceAsLongForItsWorkHasTwo() {
        LineTold told = new LineTold(List.of(position(0, 10, 10), position(1, 20, 10), position(2, 40, 10)), BEFORE);

        // rank 1 has twice the work of the others
        Status status = LineStatus.with(
                status(worker("a", 0), worker("b", 1), worker("c", 2), worker("d")), told, List.of(5.0, 10.0, 5.0));

        assertThat(status.workers()).extracting(WorkerStatus::straggles).containsExactly(1.0, 1.0, 4.0, Double.NaN);
        assertThat(status.ranks()).first().satisfies(rank -> {
            assertThat(rank.waitsFor()).isEqualTo("rank 0 waits");
            assertThat(rank.waitingSeconds()).isEqualTo(3);
            assertThat(rank.secondsPerBatch()).isEqualTo(1);
        });
    }

    @Test
    void ofSeveralRanksTheWorkIsAddedUp() {
        LineTold told = new LineTold(List.of(position(0, 10, 10), position(1, 10, 10), position(2, 20, 10)), BEFORE);

        Status status = LineStatus.with(status(worker("a", 0), worker("b", 1, 2)), told, List.of(5.0, 5.0, 5.0));

        assertThat(status.workers().getLast().straggles()).isCloseTo(1.5, within(1e-9));
    }

    @Test
    void nothingIsSaidOfRanksThatHaveMadeNoBatchYet() {
        LineTold told = new LineTold(List.of(position(0, 10, 0)), BEFORE);

        Status status = LineStatus.with(status(worker("a", 0), worker("b", 1)), told, List.of(5.0, 5.0));

        assertThat(status.workers()).extracting(WorkerStatus::straggles).containsOnly(Double.NaN);
        assertThat(status.ranks())
                .singleElement()
                .satisfies(rank -> assertThat(rank.secondsPerBatch()).isNaN());
    }

    /** 6 x 8, 8 x 7, 7 x 5 and 5 x 3 weights and their biases: the first layer has no backward-input. */
    @Test
    void theWorkOfARankIsThatOfItsStages() {
        RunPlan plan = new PlanBuilder().line(4, "1f1b", 2).build();

        assertThat(LineStatus.work(plan)).containsExactly(2.0 * 2 * 56, 2.0 * 3 * 63, 2.0 * 3 * 40, 2.0 * 3 * 18);
    }
}
