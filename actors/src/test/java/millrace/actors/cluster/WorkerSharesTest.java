package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
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

    private static SequencedMap<ActorId, Integer> capacities(String... workers) {
        SequencedMap<ActorId, Integer> capacities = new LinkedHashMap<>();
        for (String worker : workers) {
            capacities.put(new ActorId(worker), 1);
        }
        return capacities;
    }

    private static String text(WorkerShares shares) {
        return shares.ranks().entrySet().stream()
                .map(share -> share.getKey().text() + share.getValue())
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                // one of three is lost: the others keep theirs, and its rank goes beside a neighbour
                "a,b,c; 3; b,c; b[0, 1] c[2]",
                "a,b,c; 3; a,c; a[0, 1] c[2]",
                "a,b,c; 3; a,b; a[0] b[1, 2]",
                // a free worker gets it
                "a,b,c; 3; a,c,d; a[0] c[2] d[1]",
                "a,b,c; 3; c; c[0, 1, 2]",
                "a,b,c; 3; d,e,f; d[0] e[1] f[2]",
                // who has several gives one up where others are idle
                "a; 3; a,b,c; a[0] b[1] c[2]",
                "a,b; 4; a,b,c; a[0] b[2, 3] c[1]",
                "a,b; 2; a,b,c; a[0] b[1] c[]"
            })
    void whatIsInMemoryStaysWhereItIs(String before, int ranks, String after, String shares) {
        WorkerShares first = WorkerShares.of(ranks, capacities(before.split(",", -1)));

        assertThat(text(first.after(ranks, capacities(after.split(",", -1))))).isEqualTo(shares);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void afterAnyLossEveryRankHasOnePlaceAndNobodyIsIdleWhileOthersHaveTwo(long seed) {
        Random random = new Random(seed);
        int ranks = 1 + random.nextInt(9);
        SequencedMap<ActorId, Integer> alive = capacities("a", "b", "c");
        WorkerShares shares = WorkerShares.of(ranks, alive);
        for (int life = 0; life < 20; life++) {
            if (alive.size() > 1 && random.nextBoolean()) {
                alive.remove(List.copyOf(alive.keySet()).get(random.nextInt(alive.size())));
            } else {
                alive.put(new ActorId("worker " + life), 1 + random.nextInt(4));
            }
            WorkerShares before = shares;
            shares = before.after(ranks, alive);

            String as = "seed " + seed + ": " + text(before) + " -> " + text(shares);
            assertThat(shares.ranks().values().stream()
                            .flatMap(List::stream)
                            .sorted()
                            .toList())
                    .as(as)
                    .isEqualTo(IntStream.range(0, ranks).boxed().toList());
            boolean idle = shares.ranks().values().stream().anyMatch(List::isEmpty);
            boolean two = shares.ranks().values().stream().anyMatch(worker -> worker.size() > 1);
            assertThat(idle && two).as(as).isFalse();
            if (!idle) {
                // nobody gives up what it could keep unless somebody was idle
                WorkerShares now = shares;
                boolean anyIdle =
                        alive.keySet().stream().filter(w -> !before.uses(w)).count()
                                > ranks
                                        - alive.keySet().stream()
                                                .mapToInt(w -> before.of(w).size())
                                                .sum();
                assertThat(anyIdle
                                || alive.keySet().stream()
                                        .allMatch(w -> now.of(w).containsAll(before.of(w))))
                        .as(as)
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "3; 1; a<c b<a c<b",
                "3; 2; a<cb b<ac c<ba",
                "3; 9; a<cb b<ac c<ba",
                "3; 0; a< b< c<",
                // only the first two have something to copy
                "2; 1; a< b<a c<b"
            })
    void copiesAreInARing(int ranks, int copies, String expected) {
        WorkerShares shares = WorkerShares.of(ranks, capacities("a", "b", "c"));

        assertThat(shares.copied(copies).entrySet().stream()
                        .map(copied -> copied.getKey().text() + "<"
                                + copied.getValue().stream().map(ActorId::text).collect(Collectors.joining()))
                        .collect(Collectors.joining(" ")))
                .isEqualTo(expected);
    }

    @Test
    void aWorkerThatIsAloneHasNobodyToCopy() {
        assertThat(WorkerShares.of(2, capacities("a")).copied(3)).containsExactly(entry(new ActorId("a"), List.of()));
    }

    private static List<Integer> numbers(String list) {
        return List.of(list.split(",")).stream().map(Integer::parseInt).toList();
    }
}
