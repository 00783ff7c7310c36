package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerSharesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "2; 1,1; 1,1",
                "4; 1,1; 2,2",
                "4; 2,1; 3,1",
                "3; 1,1,1; 1,1,1",
                "5; 2,2,1; 2,2,1",
                "2; 4,4,4; 1,1,0",
                "1; 1,8; 0,1",
                "4; 1; 4"
            })
    void countsFollowCapacities(int ranks, String capacities, String counts) {
        List<List<Integer>> placed = WorkerShares.count(ranks, numbers(capacities));

        assertThat(placed.stream().map(List::size).toList())
                .satisfiesAnyOf(
                        found -> assertThat(found).isEqualTo(numbers(counts)),
                        // which of several idle workers stays idle is no matter
                        found -> assertThat(found.stream().sorted().toList())
                                .isEqualTo(numbers(counts).stream().sorted().toList()));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyRankHasOnePlaceBesideItsNeighboursAndNobodyIsIdleWhileOthersHaveTwo(long seed) {
        Random random = new Random(seed);
        int ranks = 1 + random.nextInt(12);
        List<Integer> capacities =
                random.ints(1 + random.nextInt(5), 1, 9).boxed().toList();

        List<List<Integer>> placed = WorkerShares.count(ranks, capacities);

        List<Integer> all = new ArrayList<>();
        placed.forEach(all::addAll);
        assertThat(all)
                .as("seed %d", seed)
                .isEqualTo(IntStream.range(0, ranks).boxed().toList());
        boolean idle = placed.stream().anyMatch(List::isEmpty);
        boolean two = placed.stream().anyMatch(worker -> worker.size() > 1);
        assertThat(idle && two).as("seed %d", seed).isFalse();
    }

    private static List<Integer> numbers(String list) {
        return List.of(list.split(",")).stream().map(Integer::parseInt).toList();
    }
}
