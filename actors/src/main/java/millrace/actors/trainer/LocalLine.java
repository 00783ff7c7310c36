package millrace.actors.trainer;

import akka.actor.typed.ActorRef;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import millrace.actors.checkpoint.ShardWriter;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.RankCore;
import millrace.actors.rank.actor.RankActor;
import millrace.actors.rank.actor.RankProtocol.Command;
import millrace.actors.rank.actor.RankProtocol.Connect;
import millrace.actors.rank.actor.TrainerProtocol.Message;
import millrace.actors.trace.FlightRecorders;

/** All ranks in this JVM, as children of the trainer. */
final class LocalLine implements Line {
    private static final long RUN_EPOCH = 1;

    private final RunPlan plan;
    private final ShardWriter shards;
    private final FlightRecorders recorders;
    private final List<RankCore> cores = new ArrayList<>();

    LocalLine(RunPlan plan, ShardWriter shards, FlightRecorders recorders) {
        this.plan = plan;
        this.shards = shards;
        this.recorders = recorders;
    }

    @Override
    public List<ActorRef<Command>> ranks(ActorContext<Message> trainer) {
        int ranks = plan.order().ranks();
        Semaphore computing = new Semaphore(Math.min(plan.computeThreads(), ranks), true);
        List<ActorRef<Command>> actors = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            RankCore core = RankCore.of(plan, rank, RUN_EPOCH);
            cores.add(core);
            ActorRef<Command> actor = trainer.spawn(
                    RankActor.create(
                            RankActor.Settings.of(
                                    plan,
                                    rank,
                                    computing,
                                    plan.link(),
                                    shards,
                                    recorders.begin(FlightRecorders.ALONE, rank, RUN_EPOCH)),
                            core),
                    "rank-" + rank,
                    DispatcherSelector.fromConfig("millrace.rank-dispatcher"));
            trainer.watch(actor);
            actors.add(actor);
        }
        actors.forEach(actor -> actor.tell(new Connect(actors, trainer.getSelf())));
        return actors;
    }

    @Override
    public boolean isHere() {
        return true;
    }

    @Override
    public void close() {
        cores.forEach(RankCore::close);
    }
}
