package millrace.actors.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.course.Course;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Snapshot;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.stage.LossSum;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.GradientOrder;
import millrace.nn.weights.StageStatistics;
import org.jspecify.annotations.Nullable;

/**
 * The reference: the same batches and micro-batches, one layer after the other, on the calling thread, without actors
 * and without a schedule. A pipeline must give the same weights, bit for bit.
 */
public final class SequentialRun implements ReferenceRun {
    private final RunPlan plan;
    private final ReferenceLoop loop;

    /** A run that is not saved. */
    public SequentialRun(RunPlan plan, TrainingListener listener) {
        this(plan, listener, Optional.empty());
    }

    SequentialRun(RunPlan plan, TrainingListener listener, Optional<Checkpointing> checkpointing) {
        this.plan = plan;
        this.loop = new ReferenceLoop(listener, checkpointing);
    }

    @Override
    public void interrupt() {
        loop.interrupt();
    }

    @Override
    public RunResult run() {
        Course course = loop.course(plan);
        // guarded stage by stage, as the pipeline can do it
        try (StageModel model = StageModel.whole(
                plan.spec(),
                plan.partition(),
                plan.data().train(),
                new GradientOrder(plan.order().placement().microBatchesOfReplicas()))) {
            if (!plan.start().tensors().isEmpty()) {
                model.state().restore(plan.start().tensors(), plan.start().step());
            }
            return loop.follow(course, new Whole(model, hasReplicas() ? model.statistics(0) : null));
        }
    }

    private boolean hasReplicas() {
        return plan.order().placement().replicas().size() > 1;
    }

    /** The network in one piece. */
    private final class Whole implements ReferenceLoop.Line {
        private final StageModel model;
        // of all replicas' micro-batches; null where there is one replica, and they follow each micro-batch
        private final @Nullable StageStatistics statistics;

        private Whole(StageModel model, @Nullable StageStatistics statistics) {
            this.model = model;
            this.statistics = statistics;
        }

        @Override
        public List<StageModel> stages() {
            return List.of(model);
        }

        @Override
        public void batch(Course course) {
            step(model, statistics, course);
        }

        @Override
        public List<Snapshot> snapshots(Course course) {
            return List.of(new Snapshot(
                    model.optimizer().steps(),
                    model.state().weights(),
                    model.state().optimizerState()));
        }
    }

    private void step(StageModel model, @Nullable StageStatistics statistics, Course course) {
        long step = model.optimizer().steps();
        model.optimizer().scaleRate(course.rateScale());
        LossSum loss = computed(model, step);
        if (statistics != null && !statistics.isEmpty()) {
            Tensor gathered = statistics.share();
            statistics.follow(List.of(gathered));
            gathered.release();
        }
        GradientGuard guard = plan.spec().policy().guard();
        List<List<Double>> squares = guard.measures() ? model.optimizer().measure() : List.of();
        if (guard.isGlobal()) {
            model.optimizer()
                    .admit(GradientGuard.sum(
                            squares.stream().flatMap(List::stream).toList()));
        }
        model.optimizer().step();
        course.stepped(loss, GradientGuard.norms(squares));
    }

    /** The micro-batches ascending; where the line has replicas, in as many sums, which are added up at the end. */
    private LossSum computed(StageModel model, long step) {
        LossSum loss = LossSum.NONE;
        List<Tensor> shares = new ArrayList<>();
        List<List<Integer>> replicas = plan.order().placement().microBatchesOfReplicas();
        for (List<Integer> replica : replicas) {
            for (int i : replica) {
                model.compute().forward(step, i, null);
                model.compute().backward(step, i, null);
            }
            loss = loss.plus(model.compute().takeLossSum(step));
            if (replicas.size() > 1) {
                shares.add(model.optimizer().replicaShare());
            }
        }
        if (!shares.isEmpty()) {
            model.optimizer().sumReplicas(shares);
            shares.forEach(Tensor::release);
        }
        return loss;
    }
}
