package millrace.actors.trainer;

import akka.actor.typed.ActorRef;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import millrace.actors.checkpoint.Shards;
import millrace.actors.run.RunPlan;
import millrace.actors.stage.RankCore;
import millrace.actors.stage.Stage;
import millrace.actors.stage.StageProtocol.Command;
import millrace.actors.stage.StageProtocol.Connect;
import millrace.actors.stage.StageProtocol.Report;
import millrace.nn.model.StageModel;

/** All ranks in this JVM, as children of the trainer. */
final class LocalLine implements Line {
    private static final long RUN_EPOCH = 1;

    private final RunPlan plan;
    private final List<StageModel> models = new ArrayList<>();

    LocalLine(RunPlan plan) {
        this.plan = plan;
    }

    @Override
    public List<ActorRef<Command>> ranks(ActorContext<Report> trainer) {
        int ranks = plan.schedule().ranks();
        Semaphore computing = new Semaphore(Math.min(plan.computeThreads(), ranks), true);
        List<ActorRef<Command>> stages = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            RankCore core = RankCore.of(plan, rank);
            models.addAll(core.models());
            ActorRef<Command> stage = trainer.spawn(
                    Stage.create(Stage.Settings.of(plan, rank, RUN_EPOCH, computing, plan.link(), Shards::write), core),
                    "stage-" + rank,
                    DispatcherSelector.fromConfig("millrace.stage-dispatcher"));
            trainer.watch(stage);
            stages.add(stage);
        }
        stages.forEach(stage -> stage.tell(new Connect(stages, trainer.getSelf())));
        return stages;
    }

    @Override
    public void close() {
        models.forEach(StageModel::close);
    }
}
