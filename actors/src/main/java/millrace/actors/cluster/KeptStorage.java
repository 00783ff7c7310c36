package millrace.actors.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.checkpoint.KeptFolder;
import millrace.actors.checkpoint.ShardWriter;
import millrace.actors.keeper.CheckpointPlace;
import millrace.actors.keeper.Keepers;
import millrace.actors.keeper.KeptCheckpoints;
import millrace.actors.keeper.KeptWriting;
import millrace.actors.keeper.Right;
import millrace.actors.wire.manifest.Manifest;

/**
 * The disks of the run's nodes, each with its part. The right to write is the promise of a majority of them.
 *
 * @param rights by the run's name: the last that a coordinator here was given
 */
record KeptStorage(RunOrder order, Keepers keepers, Map<String, Right> rights) implements RunStorage {
    // a node may be lost between the question what it has and the fetching of it
    private static final int ATTEMPTS = 3;
    private static final int END_ATTEMPTS = 10;
    private static final int FIRST_ATTEMPTS = 5;
    private static final Duration PAUSE = Duration.ofSeconds(2);

    @Override
    public long begin(long after) {
        Right right = keepers.begin(order.id(), order.keeping().electors(), after);
        rights.put(order.id(), right);
        return right.promise().epoch();
    }

    @Override
    public Optional<Found> newest(Consumer<String> damaged) {
        for (int attempt = 1; ; attempt++) {
            Optional<Found> found = found(attempt == 1 ? damaged : _ -> {});
            if (found.isPresent() || order.first().isEmpty()) {
                return found;
            }
            if (attempt == FIRST_ATTEMPTS) {
                throw new IllegalArgumentException(
                        "resume: " + parsed(order.first().orElseThrow()).inWords()
                                + " is on no node that is there (expected: the command that has ordered the run, until it has begun); order"
                                + " it again, with --resume");
            }
            // a command that has just joined is not known to all nodes yet
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private Optional<Found> found(Consumer<String> damaged) {
        KeptCheckpoints kept = new KeptCheckpoints(keepers);
        for (int attempt = 1; ; attempt++) {
            Consumer<String> told = attempt == 1 ? damaged : _ -> {};
            try {
                return kept.newest(order.id(), told)
                        .map(place -> new Found(CheckpointStore.load(kept.whole(place)), place.text()));
            } catch (IllegalArgumentException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    @Override
    public long newestStep() {
        return new KeptCheckpoints(keepers)
                .newest(order.id(), _ -> {})
                .map(place -> KeptFolder.step(place.checkpoint().name()))
                .orElse(-1L);
    }

    /** Each node writes on its own disk, and says so when it cannot. */
    @Override
    public void requireSeen(long runEpoch) {}

    @Override
    public Checkpoint load(String place) {
        return orAnotherAttempt(() -> CheckpointStore.load(new KeptCheckpoints(keepers).whole(parsed(place))));
    }

    private static <T> T orAnotherAttempt(Supplier<T> reading) {
        try {
            return reading.get();
        } catch (IllegalArgumentException e) {
            // the next attempt finds others that have it, or an older checkpoint
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    @Override
    public Manifest manifest(String place) {
        return orAnotherAttempt(() -> new KeptCheckpoints(keepers).manifest(parsed(place)));
    }

    @Override
    public ShardWriter shards() {
        return new KeptWriting(keepers, order.id()).shards(order.copies());
    }

    @Override
    public Checkpointing.Target target(long runEpoch) {
        Right right = Optional.ofNullable(rights.get(order.id()))
                .filter(given -> given.promise().epoch() == runEpoch)
                .orElseThrow(() -> new IllegalStateException("no right to write run epoch " + runEpoch));
        KeptWriting writing = new KeptWriting(keepers, order.id());
        return new Checkpointing.Target() {
            @Override
            public Path pending(long step) {
                return Path.of(KeptFolder.draftOf(step));
            }

            @Override
            public Path commit(Path pending, Manifest manifest, boolean best) {
                writing.publish(right, pending.toString(), manifest.writtenIn(runEpoch), best, order.keep());
                return pending;
            }

            @Override
            public void discard(Path pending) {
                // each node removes it before it makes the next checkpoint
            }
        };
    }

    @Override
    public Checkpoint end(boolean bestTaken) {
        for (int attempt = 1; ; attempt++) {
            try {
                return ended(bestTaken);
            } catch (IllegalArgumentException | IllegalStateException e) {
                // all is trained by then: a node that is away for a moment must not cost the result
                if (attempt == END_ATTEMPTS) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    private CheckpointPlace parsed(String place) {
        return CheckpointPlace.parse(place)
                .filter(found -> found.run().equals(order.id()))
                .orElseThrow(() -> new IllegalArgumentException(
                        "checkpoint: " + place + " (expected: one of run " + order.id() + ")"));
    }

    private Checkpoint ended(boolean bestTaken) {
        KeptCheckpoints kept = new KeptCheckpoints(keepers);
        CheckpointPlace last = kept.newest(order.id(), _ -> {})
                .orElseThrow(() -> new IllegalStateException("run " + order.id()
                        + ": no checkpoint is whole (expected: the last one on nodes that are there)"));
        CheckpointPlace end = bestTaken ? kept.best(last, _ -> {}).orElse(last) : last;
        return CheckpointStore.load(kept.whole(end));
    }
}
