package millrace.actors.run;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import millrace.actors.run.Course.Next;
import millrace.actors.trace.PipelineFigures;
import millrace.nn.data.Dataset;
import millrace.nn.model.StageModel;
import millrace.nn.model.StageWeights;
import millrace.nn.tensor.Tensor;
import millrace.schedule.stream.StreamSpec;
import org.jspecify.annotations.Nullable;

/**
 * The reference for training without a flush: one micro-batch after the other on the calling thread, each forward and
 * backward with the weight version that {@link StreamSpec} names. It knows nothing of orders, credits or messages, only
 * of delays; a stream of stages must give the same weights, bit for bit.
 */
public final class DelayedRun implements ReferenceRun {
    private final RunPlan plan;
    private final StreamSpec spec;
    private final TrainingListener listener;
    private final AtomicBoolean interrupted = new AtomicBoolean();
    private final List<StageModel> stages = new ArrayList<>();

    public DelayedRun(RunPlan plan, TrainingListener listener) {
        this.plan = plan;
        this.spec = plan.stream().orElseThrow();
        this.listener = listener;
    }

    @Override
    public void interrupt() {
        interrupted.set(true);
    }

    @Override
    public RunResult run() {
        Course course = new Course(plan, listener, System::nanoTime);
        try {
            for (int stage = 0; stage < spec.stages(); stage++) {
                stages.add(new StageModel(
                        plan.spec(),
                        plan.partition().range(stage),
                        plan.data().train(),
                        2,
                        new StageModel.Stepping(spec.accumulate(), spec.mostStale(stage))));
                if (!plan.start().tensors().isEmpty()) {
                    stages.getLast().restore(plan.start().tensors(), 0);
                }
            }
            while (true) {
                switch (course.next()) {
                    case Next.Steps(long _) -> batch(course);
                    case Next.Evaluate(String _, Dataset data) -> course.evaluated(LineEvaluation.of(stages, data));
                    case Next.Save(boolean _) -> course.saved(snapshot(course));
                    case Next.Finish(RunResult.Reason reason) -> {
                        stages.forEach(StageModel::checkDrained);
                        return course.result(reason, snapshot(course), PipelineFigures.sequential(skipped()));
                    }
                }
            }
        } finally {
            stages.forEach(StageModel::close);
        }
    }

    private void batch(Course course) {
        if (interrupted.get()) {
            course.interrupt(course.step());
            return;
        }
        for (int index = 0; index < plan.spec().microBatches(); index++) {
            microBatch(course.step(), index);
        }
        course.stepped(stages.getLast().takeLoss(course.step()));
    }

    private void microBatch(long batch, int index) {
        long m = batch * plan.spec().microBatches() + index;
        @Nullable Tensor activation = null;
        for (int i = 0; i < spec.stages(); i++) {
            StageModel stage = stages.get(i);
            stage.versions().useForForward(spec.forwardVersion(i, m), spec.lookAhead(i, m));
            activation = stage.forward(batch, index, activation);
        }
        @Nullable Tensor delta = null;
        for (int i = spec.stages() - 1; i >= 0; i--) {
            StageModel stage = stages.get(i);
            stage.versions().useForBackward(spec.backwardVersion(i, m), spec.staleness(i, m));
            delta = stage.backward(batch, index, delta);
            stage.versions().useNewest();
            if ((m + 1) % spec.accumulate() == 0) {
                stage.step(spec.oldestNeeded(i, m + 1, m + 1));
                predict(i, m + 1);
            }
        }
    }

    /** Keeps what forwards to come will see of the version just made: later the optimizer has moved on. */
    private void predict(int stage, long next) {
        StageWeights weights = stages.get(stage).versions();
        for (long m = next; spec.forwardVersion(stage, m) <= weights.newest(); m++) {
            if (spec.forwardVersion(stage, m) == weights.newest()) {
                weights.keepPrediction(spec.lookAhead(stage, m));
            }
        }
    }

    private List<Long> skipped() {
        return stages.stream()
                .flatMap(stage -> stage.versions().skipped().stream())
                .toList();
    }

    private Snapshot snapshot(Course course) {
        return Snapshot.joined(stages.stream()
                .map(stage -> new Snapshot(course.step(), stage.weights(), stage.optimizerState()))
                .toList());
    }
}
