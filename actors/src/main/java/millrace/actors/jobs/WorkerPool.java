package millrace.actors.jobs;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import millrace.actors.cluster.ActorId;
import millrace.actors.cluster.WorkerShares;

/** The workers of a cluster, and which run each of them has been given to: one at most. */
final class WorkerPool {
    private final SequencedMap<ActorId, Optional<String>> workers = new LinkedHashMap<>();
    private final Set<ActorId> leaving = new LinkedHashSet<>();
    private Set<ActorId> registered = Set.of();

    /** Those that are registered in the cluster now. */
    void registered(Set<ActorId> all) {
        registered = Set.copyOf(all);
    }

    /** Those registered ones that have not said yet what they are: they may still have a run. */
    List<ActorId> unheard() {
        return ActorId.without(registered, workers.keySet());
    }

    /** Notes that a worker has said what it is; true when it is a new one. */
    boolean heard(ActorId worker) {
        return workers.putIfAbsent(worker, Optional.empty()) == null;
    }

    /** Those that have. */
    List<ActorId> all() {
        return List.copyOf(workers.keySet());
    }

    /** Gives a free worker to a run. */
    void give(ActorId worker, String run) {
        if (!free().contains(worker)) {
            throw new IllegalStateException(
                    worker + " for " + run + " (expected: a free worker, it has " + workers.get(worker) + ")");
        }
        workers.put(worker, Optional.of(run));
    }

    /** The run is over, or has lost its coordinator. */
    void takeFrom(String run) {
        workers.replaceAll((_, user) -> user.filter(name -> !name.equals(run)));
    }

    /** A worker has ended; the run that had it. */
    Optional<String> lost(ActorId worker) {
        leaving.remove(worker);
        Optional<String> user = workers.remove(worker);
        return user == null ? Optional.empty() : user;
    }

    /** A worker wants to go: it is given to nobody any more. */
    void leaves(ActorId worker) {
        leaving.add(worker);
    }

    /** The run that a worker was given to. */
    Optional<String> userOf(ActorId worker) {
        return workers.getOrDefault(worker, Optional.empty());
    }

    /** Those that a run may be given, in the order of their addresses: who plans for some of them knows which they are. */
    List<ActorId> free() {
        List<ActorId> free = new ArrayList<>();
        workers.forEach((worker, user) -> {
            if (user.isEmpty() && !leaving.contains(worker)) {
                free.add(worker);
            }
        });
        free.sort(Comparator.comparing(ActorId::address, WorkerShares.BY_ADDRESS));
        return free;
    }

    /** Those that a run has, also such that want to go. */
    SequencedSet<ActorId> of(String run) {
        SequencedSet<ActorId> given = new LinkedHashSet<>();
        for (Map.Entry<ActorId, Optional<String>> worker : workers.entrySet()) {
            if (worker.getValue().equals(Optional.of(run))) {
                given.add(worker.getKey());
            }
        }
        return given;
    }

    /** How many a run has that stay. */
    int staying(String run) {
        return (int)
                of(run).stream().filter(worker -> !leaving.contains(worker)).count();
    }
}
