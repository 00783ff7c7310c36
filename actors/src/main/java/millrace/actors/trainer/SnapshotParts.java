package millrace.actors.trainer;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.plan.Snapshot;
import millrace.actors.rank.StageSnapshot;

/** Collects the snapshots of a line's stages until all of its ranks have told theirs. */
final class SnapshotParts {
    private final int ranks;
    private final Map<Integer, List<StageSnapshot>> parts = new HashMap<>();

    SnapshotParts(int ranks) {
        this.ranks = ranks;
    }

    /** A rank has told those of its stages; the whole model's, once that was the last one. */
    Optional<Snapshot> add(int rank, List<StageSnapshot> stages) {
        parts.put(rank, stages);
        if (parts.size() < ranks) {
            return Optional.empty();
        }
        Snapshot whole = Snapshot.joined(parts.values().stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparingInt(StageSnapshot::stage))
                .map(StageSnapshot::snapshot)
                .toList());
        parts.clear();
        return Optional.of(whole);
    }
}
