package millrace.actors.cluster;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import millrace.actors.cluster.CoordinatorProtocol.WorkerStatus;
import millrace.actors.cluster.RecoveryFact.WorkerHere;
import millrace.actors.event.TrainingEvent.Placed.WorkerRanks;

/** The workers that have said what they are, in that order, and those of them that want to go. */
final class KnownWorkers {
    private final SequencedMap<ActorId, WorkerHere> workers = new LinkedHashMap<>();
    private final Set<ActorId> leaving = new LinkedHashSet<>();
    private Set<ActorId> registered = Set.of();

    /** Those that are registered in the cluster now. */
    void registered(Set<ActorId> all) {
        registered = Set.copyOf(all);
    }

    /** Those registered ones that have not said yet what they are. */
    List<ActorId> unheard() {
        return ActorId.without(registered, workers.keySet());
    }

    /** Those that have said that their node has this address. */
    List<ActorId> at(String address) {
        return workers.values().stream()
                .filter(worker -> worker.address().equals(address))
                .map(WorkerHere::worker)
                .toList();
    }

    /** Those that have. */
    List<ActorId> heard() {
        return List.copyOf(workers.keySet());
    }

    /** The newest run epoch that one of them has said to have heard of. */
    long newestEpoch() {
        return workers.values().stream()
                .mapToLong(WorkerHere::newestEpoch)
                .max()
                .orElse(0);
    }

    /** Whether one of them has something of a run in memory, whose ranks step together. */
    boolean haveTogether(String runId) {
        return workers.values().stream()
                .anyMatch(worker ->
                        worker.together() && worker.known().map(RunOrder::id).equals(Optional.of(runId)));
    }

    /** Notes what a worker says of itself; true when it is a new one. */
    boolean add(WorkerHere here) {
        return workers.put(here.worker(), here) == null;
    }

    /** Forgets a worker that has ended; what it was, if it was known. */
    Optional<WorkerHere> remove(ActorId ended) {
        leaving.remove(ended);
        return Optional.ofNullable(workers.remove(ended));
    }

    /** A worker wants to go: it gets no more ranks. */
    void leaves(ActorId worker) {
        leaving.add(worker);
    }

    /** Capacities of those that ranks can be placed on. */
    SequencedMap<ActorId, Integer> usable() {
        SequencedMap<ActorId, Integer> capacities = new LinkedHashMap<>();
        workers.values().stream()
                .filter(worker -> !leaving.contains(worker.worker()))
                .sorted(Comparator.comparing(WorkerHere::address, WorkerShares.BY_ADDRESS))
                .forEach(worker -> capacities.put(worker.worker(), worker.capacity()));
        return capacities;
    }

    /** What each of them hosts, by address. */
    List<WorkerRanks> placement(WorkerShares shares) {
        return shares.ranks().entrySet().stream()
                .map(share -> new WorkerRanks(address(share.getKey()), share.getValue()))
                .toList();
    }

    /** Its node's address, for people. */
    String address(ActorId worker) {
        return Optional.ofNullable(workers.get(worker)).map(WorkerHere::address).orElse(worker.text());
    }

    /**
     * All of them with what they host.
     *
     * @param shares empty while nothing is placed
     */
    List<WorkerStatus> status(Optional<WorkerShares> shares) {
        return workers.values().stream()
                .map(worker -> new WorkerStatus(
                        worker.address(),
                        worker.capacity(),
                        shares.map(all -> all.of(worker.worker())).orElse(List.of())))
                .toList();
    }
}
