package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.LongStream;
import millrace.actors.cluster.RecoveryFact.FolderRead;
import millrace.actors.cluster.RecoveryFact.PrepareFailed;
import millrace.actors.cluster.RecoveryFact.RankFailed;
import millrace.actors.cluster.RecoveryFact.RanksConnected;
import millrace.actors.cluster.RecoveryFact.RanksPrepared;
import millrace.actors.cluster.RecoveryFact.TrainerFailed;
import millrace.actors.cluster.RecoveryFact.TrainerFinished;
import millrace.actors.cluster.RecoveryFact.TrainerStalled;
import millrace.actors.cluster.RecoveryState.Placed;
import millrace.actors.cluster.RecoveryState.Reading;
import millrace.actors.cluster.RecoveryWorld.Seen;
import millrace.actors.cluster.RecoveryWorld.Violation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random histories of a cluster, each from a seed: one trainer at a time, never an older checkpoint than one that was
 * saved, no failure without a cause, and always an end. A history that breaks this is told with its seed.
 */
class RecoveryWalkTest {
    private static final int HISTORIES = 3_000;
    // the search ends with the first that goes wrong
    private static final int MOST_WITHOUT_A_GUARD = 10_000;

    @Test
    void everyHistoryEndsWell() {
        assertEndWell(1, HISTORIES);
    }

    @Test
    @Tag("soak")
    void soDoManyMore() {
        assertEndWell(HISTORIES + 1, 10 * HISTORIES);
    }

    private static void assertEndWell(int from, int to) {
        List<Seen> seen = new ArrayList<>();
        for (long seed = from; seed <= to; seed++) {
            seen.add(play(seed));
        }

        // it was no walk in the park
        int histories = to - from + 1;
        assertThat(seen.stream().mapToLong(Seen::facts).sum()).isGreaterThan(100L * histories);
        assertThat(seen.stream().mapToLong(Seen::runEpochs).sum()).isGreaterThan(3L * histories);
        assertThat(seen.stream().filter(Seen::remade)).hasSizeGreaterThan(histories / 5);
        assertThat(seen.stream().mapToLong(Seen::completed).sum()).isGreaterThan(histories / 2);
        assertThat(seen.stream().mapToLong(Seen::interrupted).sum()).isGreaterThan(histories / 100);
        assertThat(seen.stream().mapToLong(Seen::failed).sum()).isGreaterThan(histories / 100);
        assertThat(seen.stream().mapToLong(Seen::fromMemory).sum()).isGreaterThan(histories / 10);
        assertThat(seen.stream().mapToLong(Seen::joined).sum()).isGreaterThan(histories / 100);
    }

    private static Seen play(long seed) {
        try {
            return new RecoveryWorld(seed, (_, fact) -> fact).play();
        } catch (Violation | RuntimeException e) {
            throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
        }
    }

    /** Guards of {@link Recovery}, each left out by passing a stale answer off as one to the current question. */
    enum Guard implements BiFunction<RecoveryState, RecoveryFact, RecoveryFact> {
        FOLDER_READ {
            @Override
            Optional<RecoveryFact> current(RecoveryState state, RecoveryFact fact) {
                return state instanceof Reading(var _, long reading) && fact instanceof FolderRead read
                        ? Optional.of(new FolderRead(reading, read.beginning()))
                        : Optional.empty();
            }
        },
        RANKS_PREPARED {
            @Override
            Optional<RecoveryFact> current(RecoveryState state, RecoveryFact fact) {
                return state instanceof Placed placed && fact instanceof RanksPrepared prepared
                        ? Optional.of(new RanksPrepared(epoch(placed), prepared.worker(), prepared.places()))
                        : Optional.empty();
            }
        },
        RANKS_CONNECTED {
            @Override
            Optional<RecoveryFact> current(RecoveryState state, RecoveryFact fact) {
                return state instanceof Placed placed && fact instanceof RanksConnected connected
                        ? Optional.of(new RanksConnected(epoch(placed), connected.worker()))
                        : Optional.empty();
            }
        },
        PREPARE_FAILED {
            @Override
            Optional<RecoveryFact> current(RecoveryState state, RecoveryFact fact) {
                return state instanceof Placed placed && fact instanceof PrepareFailed failed
                        ? Optional.of(new PrepareFailed(epoch(placed), failed.worker(), failed.failure()))
                        : Optional.empty();
            }
        },
        RANK_FAILED {
            @Override
            Optional<RecoveryFact> current(RecoveryState state, RecoveryFact fact) {
                return state instanceof Placed placed && fact instanceof RankFailed failed
                        ? Optional.of(new RankFailed(epoch(placed), failed.rank(), failed.reason()))
                        : Optional.empty();
            }
        },
        TRAINER_FINISHED {
            @Override
            Optional<RecoveryFact> current(RecoveryState state, RecoveryFact fact) {
                return state instanceof Placed placed && fact instanceof TrainerFinished finished
                        ? Optional.of(new TrainerFinished(epoch(placed), finished.result()))
                        : Optional.empty();
            }
        },
        TRAINER_STALLED {
            @Override
            Optional<RecoveryFact> current(RecoveryState state, RecoveryFact fact) {
                return state instanceof Placed placed && fact instanceof TrainerStalled stalled
                        ? Optional.of(new TrainerStalled(epoch(placed), stalled.complaint()))
                        : Optional.empty();
            }
        },
        TRAINER_FAILED {
            @Override
            Optional<RecoveryFact> current(RecoveryState state, RecoveryFact fact) {
                return state instanceof Placed placed && fact instanceof TrainerFailed failed
                        ? Optional.of(new TrainerFailed(epoch(placed), failed.failure()))
                        : Optional.empty();
            }
        };

        /** The answer as one to what the state waits for; empty where it is none that this guard is for. */
        abstract Optional<RecoveryFact> current(RecoveryState state, RecoveryFact fact);

        static long epoch(Placed placed) {
            return placed.attempt().runEpoch();
        }

        @Override
        public RecoveryFact apply(RecoveryState state, RecoveryFact fact) {
            return current(state, fact).orElse(fact);
        }
    }

    @ParameterizedTest
    @EnumSource(Guard.class)
    void theWalkNoticesAGuardThatIsLeftOut(Guard guard) {
        assertThat(LongStream.rangeClosed(1, MOST_WITHOUT_A_GUARD)
                        .filter(seed -> breaks(seed, guard))
                        .findFirst())
                .as("a seed whose history goes wrong without the guard")
                .isPresent();
    }

    private static boolean breaks(long seed, Guard guard) {
        try {
            new RecoveryWorld(seed, guard).play();
            return false;
        } catch (Violation _) {
            return true;
        }
    }
}
