package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.ArrayList;
import java.util.Collections;
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

    /** Rank r holds stage r modulo the number of stages. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                // 2 x 2: its twin takes a lost rank, not a neighbour
                "a,b,c,d; 2; b,c,d; b[1] c[0, 2] d[3]",
                "a,b,c,d; 2; a,b,d; a[0, 2] b[1] d[3]",
                "a,b,c,d; 2; a,d; a[0, 2] d[1, 3]",
                "a,b,c,d; 2; c,d; c[0, 2] d[1, 3]",
                // nobody has stage 1 any more
                "a,b,c,d; 2; a,c; a[0, 1] c[2, 3]",
                // a free worker goes first
                "a,b,c,d; 2; b,c,d,e; b[1] c[2] d[3] e[0]",
                // 3 x 2: two lost ranks of a stage go to one that has it, as there is no other
                "a,b,c,d,e,f; 2; b,d,e,f; b[1] d[3] e[0, 2, 4] f[5]",
                // and where there are two, to each one
                "a,b,c,d,e,f; 2; a,b,c,d; a[0, 4] b[1, 5] c[2] d[3]"
            })
    void aLostRankGoesWhereItsStagesAre(String before, int stages, String after, String shares) {
        SequencedMap<ActorId, Integer> first = capacities(before.split(",", -1));
        int ranks = first.size();

        WorkerShares next =
                WorkerShares.of(ranks, first).after(ranks, capacities(after.split(",", -1)), alike(ranks, stages));

        assertThat(text(next)).isEqualTo(shares);
    }

    private static List<Integer> alike(int ranks, int stages) {
        return IntStream.range(0, ranks).map(rank -> rank % stages).boxed().toList();
    }

    /** Whoever is lost: each rank is somewhere, and with a worker that had its stage if there is one; and these share alike. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void ofRandomLossesThoseWithTheSameStagesTakeEqualShares(long seed) {
        Random random = new Random(seed);
        for (int trial = 0; trial < 50; trial++) {
            int stages = 1 + random.nextInt(4);
            int replicas = 2 + random.nextInt(3);
            int ranks = stages * replicas;
            SequencedMap<ActorId, Integer> alive = new LinkedHashMap<>();
            IntStream.range(0, ranks).forEach(rank -> alive.put(new ActorId("w" + rank), 1));
            WorkerShares before = WorkerShares.of(ranks, alive);
            for (int victims = 1 + random.nextInt(ranks - 1); victims > 0; victims--) {
                alive.remove(List.copyOf(alive.keySet()).get(random.nextInt(alive.size())));
            }

            WorkerShares shares = before.after(ranks, alive, alike(ranks, stages));

            String as = "seed " + seed + ", " + stages + " stages: " + text(before) + " -> " + text(shares);
            assertThat(shares.ranks().values().stream().flatMap(List::stream).sorted())
                    .as(as)
                    .containsExactlyElementsOf(IntStream.range(0, ranks).boxed().toList());
            assertThat(shares.ranks().keySet())
                    .as(as)
                    .allMatch(w -> shares.of(w).containsAll(before.of(w)));
            // what is nowhere has to be loaded, and goes to whoever has least
            boolean all = IntStream.range(0, stages)
                    .allMatch(stage -> alive.keySet().stream()
                            .anyMatch(worker -> before.of(worker).getFirst() % stages == stage));
            for (int stage = 0; stage < stages; stage++) {
                int wanted = stage;
                List<Long> loads = alive.keySet().stream()
                        .filter(worker -> before.of(worker).getFirst() % stages == wanted)
                        .map(worker -> shares.of(worker).stream()
                                .filter(rank -> rank % stages == wanted)
                                .count())
                        .toList();
                if (!loads.isEmpty()) {
                    assertThat(loads.stream().mapToLong(Long::longValue).sum())
                            .as(as)
                            .isEqualTo(replicas);
                    assertThat(Collections.max(loads) - Collections.min(loads))
                            .as(as)
                            .isLessThanOrEqualTo(all ? 1 : replicas);
                }
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
