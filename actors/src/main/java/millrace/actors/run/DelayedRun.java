package millrace.actors.run;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.course.Course;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Snapshot;
import millrace.actors.rank.StreamSnapshots;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.stage.LayerRun;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.PastWeights;
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
    private final ReferenceLoop loop;
    private final List<StageModel> stages = new ArrayList<>();

    /** A run that is not saved. */
    public DelayedRun(RunPlan plan, TrainingListener listener) {
        this(plan, listener, Optional.empty());
    }

    DelayedRun(RunPlan plan, TrainingListener listener, Optional<Checkpointing> checkpointing) {
        this.plan = plan;
        this.spec = plan.order().stream().orElseThrow();
        this.loop = new ReferenceLoop(listener, checkpointing);
    }

    @Override
    public void interrupt() {
        loop.interrupt();
    }

    @Override
    public RunResult run() {
        Course course = loop.course(plan);
        try {
            for (int stage = 0; stage < spec.stages(); stage++) {
                stages.add(new StageModel(
                        plan.spec(),
                        plan.partition().range(stage),
                        plan.data().train(),
                        2,
                        StageModel.Stepping.ofStream(spec.accumulate(), spec.mostStale(stage)),
                        LayerRun.Keep.ACTIVATIONS));
                stages.getLast().optimizer().scaleRate(course.rateScale());
                StreamSnapshots.begin(plan, stage, stages.getLast());
                predict(stage, plan.start().step() * plan.spec().microBatches());
            }
            return loop.follow(course, new Stages());
        } finally {
            stages.forEach(StageModel::close);
        }
    }

    /** A stage after the other. */
    private final class Stages implements ReferenceLoop.Line {
        @Override
        public List<StageModel> stages() {
            return stages;
        }

        @Override
        public void batch(Course course) {
            trained(course);
        }

        @Override
        public List<Snapshot> snapshots(Course course) {
            return IntStream.range(0, spec.stages())
                    .mapToObj(
                            stage -> StreamSnapshots.of(plan, stage, course.step(), stages.get(stage), Arena.ofAuto()))
                    .toList();
        }
    }

    private void trained(Course course) {
        stages.forEach(stage -> stage.optimizer().scaleRate(course.rateScale()));
        for (int index = 0; index < plan.spec().microBatches(); index++) {
            microBatch(course.step(), index);
        }
        List<List<Double>> squares = plan.spec().policy().guard().measures()
                ? stages.stream()
                        .map(stage -> stage.optimizer().measured().getFirst())
                        .toList()
                : List.of();
        course.stepped(stages.getLast().compute().takeLossSum(course.step()), GradientGuard.norms(squares));
    }

    private void microBatch(long batch, int index) {
        long m = batch * plan.spec().microBatches() + index;
        @Nullable Tensor activation = null;
        for (int i = 0; i < spec.stages(); i++) {
            StageModel stage = stages.get(i);
            PastWeights wanted = StreamSnapshots.weights(spec, i, m);
            stage.weights().giveUpPredictions(wanted);
            stage.weights().useForForward(wanted);
            activation = stage.compute().forward(batch, index, activation);
        }
        @Nullable Tensor delta = null;
        for (int i = spec.stages() - 1; i >= 0; i--) {
            StageModel stage = stages.get(i);
            stage.weights().useForBackward(spec.backwardVersion(i, m), spec.staleness(i, m));
            delta = stage.compute().backward(batch, index, delta);
            stage.weights().useNewest();
            if ((m + 1) % spec.accumulate() == 0) {
                stage.optimizer().step(spec.oldestNeeded(i, m + 1, m + 1));
                predict(i, m + 1);
            }
        }
    }

    private void predict(int stage, long next) {
        StreamSnapshots.keepPredictions(spec, stage, stages.get(stage).weights(), next);
    }
}
