package millrace.actors.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import millrace.actors.checkpoint.Shards;
import millrace.actors.cluster.WorkerProtocol.RankPlace;
import millrace.actors.link.LinkSpec;
import millrace.actors.run.RunPlan;
import millrace.actors.stage.RankCore;
import millrace.actors.stage.Stage;
import millrace.actors.stage.StageProtocol;
import millrace.actors.stage.StageProtocol.Connect;
import millrace.actors.transport.Inlet;
import millrace.actors.transport.Outlet;
import millrace.actors.transport.Route;
import millrace.actors.transport.TransportProtocol.ToInlet;
import millrace.actors.transport.TransportSettings;
import millrace.nn.model.StageModel;

/**
 * The ranks that a worker hosts in one run epoch: their actors, what connects them with other nodes, and their memory,
 * which is freed when all of them have ended, because neighbours read each other's tensors.
 */
final class HostedRanks {
    private final long runEpoch;
    private final RunPlan plan;
    private final Map<Integer, RankCore> cores;
    private final Map<Integer, ActorRef<StageProtocol.Command>> stages = new HashMap<>();
    private final List<ActorRef<?>> others = new ArrayList<>();
    private final Set<ActorRef<?>> alive = new HashSet<>();

    /** What the ranks compute, made where it may take its time. */
    record Made(RunPlan plan, Map<Integer, RankCore> cores) {
        void close() {
            cores.values().forEach(core -> core.models().forEach(StageModel::close));
        }
    }

    HostedRanks(long runEpoch, Made made) {
        this.runEpoch = runEpoch;
        this.plan = made.plan();
        this.cores = made.cores();
    }

    long runEpoch() {
        return runEpoch;
    }

    /** Makes the actors; the worker watches the stages. */
    List<RankPlace> spawn(ActorContext<WorkerProtocol.Command> worker) {
        List<RankPlace> places = new ArrayList<>();
        Semaphore computing = new Semaphore(Math.max(1, Math.min(plan.computeThreads(), cores.size())), true);
        cores.forEach((rank, core) -> {
            // what links do to messages happens between nodes, in the outlets
            Stage.Settings settings =
                    Stage.Settings.of(plan, rank, runEpoch, computing, LinkSpec.DIRECT, Shards::write);
            ActorRef<StageProtocol.Command> stage = worker.spawn(
                    Stage.create(settings, core),
                    "stage-" + rank + "-" + runEpoch,
                    DispatcherSelector.fromConfig("millrace.stage-dispatcher"));
            ActorRef<ToInlet> inlet = worker.spawn(
                    Inlet.create(runEpoch, rank, stage),
                    "inlet-" + rank + "-" + runEpoch,
                    TransportSettings.DISPATCHER);
            worker.watch(stage);
            stages.put(rank, stage);
            alive.add(stage);
            others.add(inlet);
            places.add(new RankPlace(rank, worker.getSelf(), stage, inlet));
        });
        return places;
    }

    /** Connects the ranks with all others: those here directly, those elsewhere through an outlet each. */
    void connect(
            ActorContext<WorkerProtocol.Command> worker,
            List<RankPlace> places,
            ActorRef<StageProtocol.Report> observer) {
        TransportSettings transport =
                TransportSettings.of(worker.getSystem().settings().config());
        String link =
                worker.getSelf().path().toStringWithAddress(worker.getSystem().address());
        List<ActorRef<StageProtocol.Command>> ranks = new ArrayList<>();
        for (RankPlace place : places) {
            ActorRef<StageProtocol.Command> here = stages.get(place.rank());
            if (here != null) {
                ranks.add(here);
            } else {
                ActorRef<StageProtocol.Command> outlet = worker.spawn(
                        Outlet.create(new Route(runEpoch, link, place.rank()), place.inlet(), plan.link(), transport),
                        "outlet-" + place.rank() + "-" + runEpoch,
                        TransportSettings.DISPATCHER);
                others.add(outlet);
                ranks.add(outlet);
            }
        }
        stages.values().forEach(stage -> stage.tell(new Connect(ranks, observer)));
    }

    /** Stops all actors. */
    void stop(ActorContext<WorkerProtocol.Command> worker) {
        stages.values().forEach(worker::stop);
        others.forEach(worker::stop);
    }

    /** The rank of one of the stages. */
    Optional<Integer> rankOf(ActorRef<?> stage) {
        return stages.entrySet().stream()
                .filter(entry -> entry.getValue().equals(stage))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** A stage has ended; true when none is left, and the memory has been freed. */
    boolean ended(ActorRef<?> stage) {
        boolean last = alive.remove(stage) && alive.isEmpty();
        if (last) {
            free();
        }
        return last;
    }

    /** Frees the memory; all actors have ended. */
    void free() {
        new Made(plan, cores).close();
    }
}
