package millrace.actors;

import java.util.Optional;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.cluster.RunOrder;
import millrace.actors.event.TrainingListener;
import millrace.actors.node.ClusterNode;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.ReferenceRun;
import millrace.actors.run.Run;

/** Starts runs: the one place where it is chosen who executes a plan. */
public final class Runs {
    private Runs() {}

    /**
     * A line of actors in this JVM.
     *
     * @param checkpointing how it is saved; empty for a run that is not
     */
    public static Run local(RunPlan plan, TrainingListener listener, Optional<Checkpointing> checkpointing) {
        return PipelineRun.start(plan, listener, checkpointing);
    }

    /**
     * The same without actors: the reference, equal bit for bit. It runs on the thread that awaits it.
     *
     * @param checkpointing how it is saved; empty for a run that is not
     * @throws IllegalArgumentException when the plan has none: a greedy stream, whose weights depend on timing
     */
    public static Run reference(RunPlan plan, TrainingListener listener, Optional<Checkpointing> checkpointing) {
        return ReferenceRun.of(plan, listener, checkpointing);
    }

    /**
     * Has a cluster train it; the result comes without weights, they are in the run's folder.
     *
     * @param node a member of the cluster, whatever its roles
     * @param order what the cluster's nodes make their plans of
     */
    public static Run cluster(ClusterNode node, RunOrder order, TrainingListener listener) {
        return node.train(order, listener);
    }
}
