package millrace.actors.cluster;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import millrace.actors.access.Access;
import millrace.actors.access.Role;
import millrace.actors.checkpoint.FirstWeights;
import millrace.actors.cluster.WorkerProtocol.Prepare;
import millrace.actors.cluster.WorkerProtocol.TryOut;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.rank.RankCore;
import millrace.actors.transport.TransportSettings;

/** Makes what the ranks of a worker compute: their plan, samples where they use any, and weights. Its methods may block. */
final class RankMaker {
    private final PlanSource plans;
    private final RunStorages storages;
    private final RankStates states;
    private final Access access;
    private final RunFolders folders;
    private final int unacknowledged;

    /** What the ranks of an order need that is not theirs alone. */
    private record Ground(RunPlan plan, DataUse data) {}

    /**
     * @param storages where checkpoints are read and written
     * @param states where ranks begin that go on from what is in memory or on the disk
     */
    RankMaker(Config config, PlanSource plans, RunStorages storages, RankStates states) {
        this.plans = plans;
        this.storages = storages;
        this.states = states;
        this.access = Access.of(config);
        this.folders = RunFolders.of(config);
        this.unacknowledged = TransportSettings.of(config).windowFrames();
    }

    /**
     * Makes ranks.
     *
     * @throws IllegalArgumentException when settings or files do not fit on this node
     */
    HostedRanks.Made made(Prepare request) {
        RunOrder order = request.order();
        requireAllowed(order);
        request.checkpoint().ifPresent(place -> folders.requireCheckpoint(order, place));
        Ground ground = ground(order, request.runEpoch(), request.ranks());
        RunPlan fresh = ground.plan();
        Start start = request.live()
                .map(cut -> states.at(cut, fresh, request.ranks()))
                .or(() ->
                        request.checkpoint().map(place -> states.at(storages.of(order), place, fresh, request.ranks())))
                .or(() -> order.init()
                        .map(file -> new Start(
                                0, FirstWeights.read(Path.of(file), fresh.spec().model(), _ -> {}))))
                .orElse(Start.FRESH);
        RunPlan plan = fresh.from(start);
        Map<Integer, RankCore> cores = new TreeMap<>();
        try {
            for (int rank : request.ranks()) {
                cores.put(rank, RankCore.of(plan, rank, request.runEpoch()));
            }
        } catch (RuntimeException e) {
            new HostedRanks.Made(plan, cores, ground.data()).close();
            throw e;
        }
        // the weights of the start are in the cores by now
        return new HostedRanks.Made(fresh, cores, ground.data());
    }

    /**
     * Reads what ranks need, so that it is here when they are to be made.
     *
     * @return what is here of the run's samples
     * @throws IllegalArgumentException when settings or files do not fit on this node
     */
    DataUse tryOut(TryOut request) {
        requireAllowed(request.order());
        return ground(request.order(), request.runEpoch(), request.ranks()).data();
    }

    /**
     * Fetches the files that the settings of an order name, so that this node has them.
     *
     * @throws IllegalArgumentException when it must not, or does not get them
     */
    void fetchFiles(RunOrder order) {
        access.require(Role.SUBMITTER, order.signedText(), order.credential());
        plans.fetch(order);
    }

    private void requireAllowed(RunOrder order) {
        // whoever has passed the order on
        access.require(Role.SUBMITTER, order.signedText(), order.credential());
        folders.require(order);
    }

    private Ground ground(RunOrder order, long runEpoch, List<Integer> ranks) {
        storages.of(order).requireSeen(runEpoch);
        RunPlan outline = plans.outline(order);
        boolean samples = usesSamples(outline, ranks);
        RunPlan plan = samples ? plans.plan(order) : outline;
        if (!samples) {
            plans.forgetSamples();
        }
        return new Ground(
                plan.overNetwork(unacknowledged).steppingTogether(),
                samples ? new DataUse(plans.source(order), plan.data().bytes()) : DataUse.NONE);
    }

    /** The first stage reads inputs, the last one targets. */
    private static boolean usesSamples(RunPlan plan, List<Integer> ranks) {
        int last = plan.order().stages() - 1;
        return ranks.stream()
                .flatMap(rank -> plan.order().placement().stagesOf(rank).stream())
                .anyMatch(stage -> stage == 0 || stage == last);
    }
}
