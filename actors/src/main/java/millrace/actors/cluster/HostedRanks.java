package millrace.actors.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import millrace.actors.checkpoint.ShardWriter;
import millrace.actors.cluster.WorkerProtocol.RankPlace;
import millrace.actors.link.LinkSpec;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.RankAtRest;
import millrace.actors.rank.RankCore;
import millrace.actors.rank.StageSnapshot;
import millrace.actors.rank.StepWord;
import millrace.actors.rank.actor.RankActor;
import millrace.actors.rank.actor.RankProtocol;
import millrace.actors.rank.actor.RankProtocol.Connect;
import millrace.actors.rank.actor.TrainerProtocol;
import millrace.actors.trace.FlightRecorder;
import millrace.actors.trace.FlightRecorders;
import millrace.actors.transport.Inlet;
import millrace.actors.transport.Outlet;
import millrace.actors.transport.Route;
import millrace.actors.transport.TransportProtocol.ToInlet;
import millrace.actors.transport.TransportSettings;

/**
 * The ranks that a worker hosts in one run epoch: their actors, what connects them with other nodes, and their memory,
 * which is freed when all of them have ended, because neighbours read each other's tensors.
 */
final class HostedRanks {
    private final long runEpoch;
    private final RunPlan plan;
    private final Map<Integer, RankCore> cores;
    private final ShardWriter shards;
    private final FlightRecorders recorders;
    private final List<FlightRecorder> recording = new ArrayList<>();
    private final String run;
    private final Map<Integer, ActorRef<RankProtocol.Command>> actors = new HashMap<>();
    private final List<ActorRef<?>> others = new ArrayList<>();
    private final Set<ActorRef<?>> alive = new HashSet<>();
    private final Set<Integer> failed = new HashSet<>();
    private boolean needed;

    /**
     * What the ranks compute, made where it may take its time.
     *
     * @param data what they have of the run's samples
     */
    record Made(RunPlan plan, Map<Integer, RankCore> cores, DataUse data) {
        void close() {
            cores.values().forEach(RankCore::close);
        }
    }

    /**
     * @param run whose ranks they are
     * @param shards writes the parts of checkpoints
     * @param recorders keep what the ranks have just done
     */
    HostedRanks(String run, long runEpoch, Made made, ShardWriter shards, FlightRecorders recorders) {
        this.run = run;
        this.shards = shards;
        this.recorders = recorders;
        this.runEpoch = runEpoch;
        this.plan = made.plan();
        this.cores = made.cores();
        this.needed = plan.stepsTogether();
    }

    long runEpoch() {
        return runEpoch;
    }

    /** Makes the actors; the worker watches the ranks. */
    List<RankPlace> spawn(ActorContext<WorkerProtocol.Command> worker) {
        List<RankPlace> places = new ArrayList<>();
        Semaphore computing = new Semaphore(Math.max(1, Math.min(plan.computeThreads(), cores.size())), true);
        cores.forEach((rank, core) -> {
            // what links do to messages happens between nodes, in the outlets
            FlightRecorder recorder = recorders.begin(run, rank, runEpoch);
            recording.add(recorder);
            RankActor.Settings settings =
                    RankActor.Settings.of(plan, rank, computing, LinkSpec.DIRECT, shards, recorder);
            ActorRef<RankProtocol.Command> actor = worker.spawn(
                    RankActor.create(settings, core),
                    "rank-" + rank + "-" + runEpoch,
                    DispatcherSelector.fromConfig("millrace.rank-dispatcher"));
            ActorRef<ToInlet> inlet = worker.spawn(
                    Inlet.create(runEpoch, rank, actor), "inlet-" + rank + "-" + runEpoch, Outlet.DISPATCHER);
            worker.watch(actor);
            actors.put(rank, actor);
            alive.add(actor);
            others.add(inlet);
            places.add(new RankPlace(rank, worker.getSelf(), actor, inlet));
        });
        return places;
    }

    /** Connects the ranks with all others: those here directly, those elsewhere through an outlet each. */
    void connect(
            ActorContext<WorkerProtocol.Command> worker,
            List<RankPlace> places,
            ActorRef<TrainerProtocol.Message> trainer) {
        TransportSettings transport =
                TransportSettings.of(worker.getSystem().settings().config());
        String link =
                worker.getSelf().path().toStringWithAddress(worker.getSystem().address());
        List<ActorRef<RankProtocol.Command>> ranks = new ArrayList<>();
        for (RankPlace place : places) {
            ActorRef<RankProtocol.Command> here = actors.get(place.rank());
            if (here != null) {
                ranks.add(here);
            } else {
                ActorRef<RankProtocol.Command> outlet = worker.spawn(
                        Outlet.create(
                                new Route(runEpoch, link, place.rank()),
                                place.inlet(),
                                plan.link(),
                                transport,
                                recorders::retransmitted),
                        "outlet-" + place.rank() + "-" + runEpoch,
                        Outlet.DISPATCHER);
                others.add(outlet);
                ranks.add(outlet);
            }
        }
        actors.values().forEach(actor -> actor.tell(new Connect(ranks, trainer)));
    }

    /** Stops all actors, also in the middle of a batch that they could still work on. */
    void stop(ActorContext<WorkerProtocol.Command> worker) {
        cores.values().forEach(RankCore::halt);
        recording.forEach(recorders::end);
        actors.values().forEach(worker::stop);
        others.forEach(worker::stop);
    }

    /** The rank that an actor is. */
    Optional<Integer> rankOf(ActorRef<?> actor) {
        return actors.entrySet().stream()
                .filter(entry -> entry.getValue().equals(actor))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** A rank has ended with an error: what it leaves is of no use. */
    void failed(int rank) {
        failed.add(rank);
    }

    /** A rank has ended; true when none is left, and nobody needs what they leave. */
    boolean ended(ActorRef<?> actor) {
        return alive.remove(actor) && isOver();
    }

    /** Nobody needs what the ranks leave; true when none is left. */
    boolean dismiss() {
        needed = false;
        return isOver();
    }

    private boolean isOver() {
        return isAtRest() && !needed;
    }

    /** Whether all ranks have ended. */
    boolean isAtRest() {
        return alive.isEmpty();
    }

    /** Whether ranks of a run that step together left something here, or still work. */
    boolean isNeeded() {
        return needed;
    }

    int stages() {
        return plan.order().stages();
    }

    /** How far the ranks have come that have ended, but not with an error. */
    Map<Integer, RankAtRest> atRest() {
        Map<Integer, RankAtRest> rests = new TreeMap<>();
        cores.forEach((rank, core) -> {
            if (needed && !failed.contains(rank)) {
                core.atRest().ifPresent(rest -> rests.put(rank, rest));
            }
        });
        return rests;
    }

    /** Whether one of these ranks has made a step, or can make it by itself. */
    boolean reaches(long step) {
        return atRest().values().stream().anyMatch(rank -> rank.reaches(step));
    }

    /** The state of all stages of these ranks at a step, as far as they reach it; once where two have the same. */
    List<StageSnapshot> stagesAt(StepWord word, Arena arena) {
        Map<Integer, StageSnapshot> stages = new TreeMap<>();
        atRest().forEach((rank, rest) -> {
            if (rest.reaches(word.step()) && !stages.keySet().containsAll(rest.stages())) {
                Objects.requireNonNull(cores.get(rank))
                        .liveSnapshots(word, arena)
                        .forEach(part -> stages.put(part.stage(), part));
            }
        });
        return List.copyOf(stages.values());
    }

    /** Frees the memory; all actors have ended. */
    void free() {
        cores.values().forEach(RankCore::close);
    }
}
