package millrace.actors.cluster;

import akka.actor.typed.ActorRef;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import millrace.actors.cluster.CoordinatorProtocol.WorkerHere;
import millrace.actors.event.TrainingEvent.Placed.WorkerRanks;
import org.jspecify.annotations.Nullable;

/** The workers that the coordinator has heard from, in that order, and those of them that want to go. */
final class KnownWorkers {
    private final Map<ActorRef<WorkerProtocol.Command>, WorkerHere> workers = new LinkedHashMap<>();
    private final Set<ActorRef<WorkerProtocol.Command>> leaving = new LinkedHashSet<>();
    private Set<ActorRef<WorkerProtocol.Command>> registered = Set.of();

    /** Those that are registered in the cluster now. */
    void registered(Set<ActorRef<WorkerProtocol.Command>> all) {
        registered = Set.copyOf(all);
    }

    /** Those registered ones that have not said yet what they are. */
    List<ActorRef<WorkerProtocol.Command>> unheard() {
        return registered.stream()
                .filter(worker -> !workers.containsKey(worker))
                .toList();
    }

    /** The newest run epoch that one of them has said to have heard of. */
    long newestEpoch() {
        return workers.values().stream()
                .mapToLong(WorkerHere::newestEpoch)
                .max()
                .orElse(0);
    }

    /** Notes what a worker says of itself; true when it is a new one. */
    boolean add(WorkerHere here) {
        return workers.put(here.worker(), here) == null;
    }

    /**
     * Forgets a worker that has ended.
     *
     * @param ended its actor
     */
    Optional<WorkerHere> remove(Object ended) {
        Optional<WorkerHere> gone = workers.values().stream()
                .filter(worker -> worker.worker().equals(ended))
                .findFirst();
        gone.ifPresent(worker -> {
            workers.remove(worker.worker());
            leaving.remove(worker.worker());
        });
        return gone;
    }

    /** A worker wants to go: it gets no more ranks. */
    void leaves(ActorRef<WorkerProtocol.Command> worker) {
        leaving.add(worker);
    }

    /** Those that want to go. */
    Set<ActorRef<WorkerProtocol.Command>> leaving() {
        return leaving;
    }

    /** Capacities of those that ranks can be placed on. */
    Map<ActorRef<WorkerProtocol.Command>, Integer> usable() {
        Map<ActorRef<WorkerProtocol.Command>, Integer> capacities = new LinkedHashMap<>();
        workers.values().stream()
                .filter(worker -> !leaving.contains(worker.worker()))
                .forEach(worker -> capacities.put(worker.worker(), worker.capacity()));
        return capacities;
    }

    void tellAll(WorkerProtocol.Command message) {
        workers.keySet().forEach(worker -> worker.tell(message));
    }

    /** What each of an attempt's workers hosts, by address. */
    List<WorkerRanks> placement(Attempt attempt) {
        return attempt.placement().entrySet().stream()
                .map(entry -> new WorkerRanks(address(entry.getKey()), entry.getValue()))
                .toList();
    }

    private String address(ActorRef<WorkerProtocol.Command> worker) {
        WorkerHere here = workers.get(worker);
        return here == null ? worker.path().toString() : here.address();
    }

    /**
     * All of them with what they host.
     *
     * @param attempt null when nothing is placed
     */
    List<ClientProtocol.WorkerStatus> status(@Nullable Attempt attempt) {
        return workers.values().stream()
                .map(worker -> new ClientProtocol.WorkerStatus(
                        worker.address(),
                        worker.capacity(),
                        attempt == null ? List.of() : attempt.placement().getOrDefault(worker.worker(), List.of())))
                .toList();
    }
}
