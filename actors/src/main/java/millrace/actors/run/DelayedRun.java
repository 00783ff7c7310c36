package millrace.actors.run;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
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
import millrace.nn.stage.Keep;
import millrace.nn.stage.LossSum;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.PastWeights;
import millrace.nn.weights.StageStatistics;
import millrace.schedule.order.Streamed;
import millrace.schedule.stream.StreamSpec;
import org.jspecify.annotations.Nullable;

/**
 * The reference for training without a flush: one micro-batch after the other on the calling thread, each forward and
 * backward with the weight version that {@link StreamSpec} names. It knows nothing of orders, credits or messages, only
 * of delays; a stream of stages must give the same weights, bit for bit. Copies of the line are trained in turn, a micro-batch of
 * each, and add up their gradients before each step.
 */
public final class DelayedRun implements ReferenceRun {
    private final RunPlan plan;
    private final Streamed order;
    private final StreamSpec spec;
    private final ReferenceLoop loop;
    // by replica of the line, and by stage
    private final List<List<StageModel>> replicas = new ArrayList<>();
    private final IdentityHashMap<StageModel, StageStatistics> statistics = new IdentityHashMap<>();

    /** A run that is not saved. */
    public DelayedRun(RunPlan plan, TrainingListener listener) {
        this(plan, listener, Optional.empty());
    }

    DelayedRun(RunPlan plan, TrainingListener listener, Optional<Checkpointing> checkpointing) {
        this.plan = plan;
        this.order = StreamSnapshots.order(plan);
        this.spec = order.spec();
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
            for (int replica = 0; replica < order.replicas(); replica++) {
                replicas.add(new ArrayList<>());
                for (int stage = 0; stage < spec.stages(); stage++) {
                    StageModel model = model(stage, replica);
                    replicas.getLast().add(model);
                    if (order.replicas() > 1) {
                        statistics.put(model, model.statistics(0));
                    }
                    model.optimizer().scaleRate(course.rateScale());
                    StreamSnapshots.begin(plan, stage, model);
                    predict(stage, model, plan.start().step() * order.microBatchesOfReplica());
                }
            }
            return loop.follow(course, new Stages());
        } finally {
            replicas.forEach(line -> line.forEach(StageModel::close));
        }
    }

    private StageModel model(int stage, int replica) {
        return new StageModel(
                plan.spec(),
                plan.partition().range(stage),
                plan.data().train(),
                2,
                StageModel.Stepping.ofStream(spec.accumulate(), spec.mostStale(stage), replica, order.replicas()),
                Keep.ACTIVATIONS);
    }

    /** A stage after the other. */
    private final class Stages implements ReferenceLoop.Line {
        @Override
        public List<StageModel> stages() {
            return replicas.getFirst();
        }

        @Override
        public void batch(Course course) {
            trained(course);
        }

        @Override
        public List<Snapshot> snapshots(Course course) {
            return IntStream.range(0, spec.stages())
                    .mapToObj(stage ->
                            StreamSnapshots.of(plan, stage, course.step(), stages().get(stage), Arena.ofAuto()))
                    .toList();
        }
    }

    private void trained(Course course) {
        replicas.forEach(line -> line.forEach(stage -> stage.optimizer().scaleRate(course.rateScale())));
        for (int index = 0; index < order.microBatchesOfReplica(); index++) {
            microBatch(course.step(), index);
        }
        List<List<Double>> squares = plan.spec().policy().guard().measures()
                ? replicas.getFirst().stream()
                        .map(stage -> stage.optimizer().measured().getFirst())
                        .toList()
                : List.of();
        LossSum loss = replicas.stream()
                .map(line -> line.getLast().compute().takeLossSum(course.step()))
                .reduce(LossSum.NONE, LossSum::plus);
        course.stepped(loss, GradientGuard.norms(squares));
    }

    /**
     * A micro-batch of each replica.
     *
     * @param index of those that a replica has of the batch
     */
    private void microBatch(long batch, int index) {
        long m = batch * order.microBatchesOfReplica() + index;
        for (int replica = 0; replica < order.replicas(); replica++) {
            microBatch(replicas.get(replica), m, batch, index * order.replicas() + replica);
        }
        if ((m + 1) % spec.accumulate() == 0) {
            for (int stage = 0; stage < spec.stages(); stage++) {
                step(stage, m + 1);
            }
        }
    }

    /**
     * Forward and backward of a replica's line.
     *
     * @param m number in the replica's stream
     * @param ofBatch the micro-batch of its batch
     */
    private void microBatch(List<StageModel> line, long m, long batch, int ofBatch) {
        @Nullable Tensor activation = null;
        for (int i = 0; i < spec.stages(); i++) {
            StageModel stage = line.get(i);
            PastWeights wanted = StreamSnapshots.weights(spec, i, m);
            stage.weights().giveUpPredictions(wanted);
            stage.weights().useForForward(wanted);
            activation = stage.compute().forward(batch, ofBatch, activation);
        }
        @Nullable Tensor delta = null;
        for (int i = spec.stages() - 1; i >= 0; i--) {
            StageModel stage = line.get(i);
            stage.weights().useForBackward(spec.backwardVersion(i, m), spec.staleness(i, m));
            delta = stage.compute().backward(batch, ofBatch, delta);
            stage.weights().useNewest();
        }
    }

    /** The replicas of a stage step alike, with the sum of their gradients. */
    private void step(int stage, long next) {
        List<StageModel> copies = replicas.stream().map(line -> line.get(stage)).toList();
        if (copies.size() > 1) {
            List<Tensor> shares =
                    copies.stream().map(copy -> copy.optimizer().replicaShare()).toList();
            copies.forEach(copy -> copy.optimizer().sumReplicas(shares));
            shares.forEach(Tensor::release);
            followStatistics(copies.stream()
                    .map(statistics::get)
                    .map(Objects::requireNonNull)
                    .toList());
        }
        for (StageModel copy : copies) {
            copy.optimizer().step(spec.oldestNeeded(stage, next, next));
            predict(stage, copy, next);
        }
    }

    private static void followStatistics(List<StageStatistics> copies) {
        if (!copies.getFirst().isEmpty()) {
            List<Tensor> gathered = copies.stream().map(StageStatistics::share).toList();
            copies.forEach(copy -> copy.follow(gathered));
            gathered.forEach(Tensor::release);
        }
    }

    private void predict(int stage, StageModel model, long next) {
        StreamSnapshots.keepPredictions(spec, stage, model.weights(), next);
    }
}
