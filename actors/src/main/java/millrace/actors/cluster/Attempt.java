package millrace.actors.cluster;

import akka.actor.typed.ActorRef;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.cluster.WorkerProtocol.RankPlace;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.rank.actor.TrainerProtocol.Message;
import millrace.actors.trainer.Line;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** One run epoch: which workers host which ranks, and how far they are with it. */
final class Attempt {
    /**
     * What has to be read before ranks can be placed.
     *
     * @param checkpoint to go on from; empty for a run that begins
     * @param damaged complaints about checkpoints that cannot be used
     */
    record Begin(long runEpoch, RunPlan plan, Optional<Checkpoint> checkpoint, List<String> damaged) {
        /** Where the course goes on: the weights are the workers' business, what a stream says of itself is small. */
        Start start() {
            return checkpoint
                    .map(saved -> new Start(saved.step(), small(saved), saved.progress()))
                    .orElse(Start.FRESH);
        }

        private static Map<String, Tensor> small(Checkpoint saved) {
            Map<String, Tensor> tensors = new HashMap<>(saved.tensors());
            tensors.values().removeIf(tensor -> tensor.type() == ElementType.F32);
            return tensors;
        }
    }

    private final Begin begin;
    private final Map<ActorRef<WorkerProtocol.Command>, List<Integer>> placement = new LinkedHashMap<>();
    private final List<RankPlace> places = new ArrayList<>();
    private final Set<ActorRef<WorkerProtocol.Command>> prepared = new HashSet<>();
    private final Set<ActorRef<WorkerProtocol.Command>> connected = new HashSet<>();
    private @Nullable ActorRef<Message> trainer;

    /**
     * @param capacities of the workers, in the order in which they get their ranks
     */
    Attempt(Begin begin, Map<ActorRef<WorkerProtocol.Command>, Integer> capacities) {
        this.begin = begin;
        List<List<Integer>> ranks = Placement.of(begin.plan().order().ranks(), List.copyOf(capacities.values()));
        int next = 0;
        for (ActorRef<WorkerProtocol.Command> worker : capacities.keySet()) {
            placement.put(worker, ranks.get(next++));
        }
    }

    long runEpoch() {
        return begin.runEpoch();
    }

    RunPlan plan() {
        return begin.plan().from(begin.start());
    }

    /** Ranks by worker; empty for those that only remember the run. */
    Map<ActorRef<WorkerProtocol.Command>, List<Integer>> placement() {
        return placement;
    }

    boolean uses(ActorRef<WorkerProtocol.Command> worker) {
        return !placement.getOrDefault(worker, List.of()).isEmpty();
    }

    /** A worker has made its ranks; true when all have. */
    boolean prepared(ActorRef<WorkerProtocol.Command> worker, List<RankPlace> made) {
        if (prepared.add(worker)) {
            places.addAll(made);
            places.sort(Comparator.comparingInt(RankPlace::rank));
        }
        return places.size() == begin.plan().order().ranks() && prepared.containsAll(users());
    }

    /** A worker has connected its ranks; true when all have. */
    boolean connected(ActorRef<WorkerProtocol.Command> worker) {
        connected.add(worker);
        return connected.containsAll(users());
    }

    /** Workers that host ranks. */
    List<ActorRef<WorkerProtocol.Command>> users() {
        return placement.keySet().stream().filter(this::uses).toList();
    }

    List<RankPlace> places() {
        return places;
    }

    /** The line for the trainer. */
    Line line() {
        return _ -> places.stream().map(RankPlace::actor).toList();
    }

    void trainer(ActorRef<Message> actor) {
        trainer = actor;
    }

    Optional<ActorRef<Message>> trainer() {
        return Optional.ofNullable(trainer);
    }
}
