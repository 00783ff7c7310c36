package millrace.actors.plan;

import java.util.List;
import java.util.Optional;
import millrace.actors.link.LinkSpec;
import millrace.actors.trace.TraceWindow;
import millrace.nn.choice.KernelChoices;
import millrace.nn.data.BatchOrder;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.AsyncNesterov;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.stage.Keep;
import millrace.schedule.Recomputation;
import millrace.schedule.Schedule;
import millrace.schedule.order.Flushed;
import millrace.schedule.order.Order;
import millrace.schedule.order.Streamed;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;

/**
 * Everything that is decided before a run begins.
 *
 * @param spec what is computed
 * @param partition the model cut into stages
 * @param order when each rank does what, with or without a flush; its ranks hold the partition's stages
 * @param data the sets
 * @param limits how long
 * @param watching what is done about the loss after each epoch
 * @param computeThreads stage actions that may be computed at the same time
 * @param start where the run begins
 * @param evaluateEvery the sets are evaluated after so many batches too, 0 for at the ends of epochs only
 * @param execution over which links, what is recorded, what is computed a second time
 */
public record RunPlan(
        TrainingSpec spec,
        Partition partition,
        Order order,
        TrainingData data,
        Limits limits,
        Watching watching,
        int computeThreads,
        Start start,
        int evaluateEvery,
        Execution execution) {
    /**
     * How a run is executed, whatever its order.
     *
     * @param link what messages between ranks suffer
     * @param trace steps that are recorded
     * @param unacknowledged messages of a stage that a network may still hold although their receivers have used them
     * @param recompute what is computed again before backwards, instead of being held
     * @param together whether no rank steps before all ranks can
     */
    public record Execution(
            LinkSpec link, TraceWindow trace, int unacknowledged, Recomputed recompute, boolean together) {
        /** Messages handed over at once, nothing recorded, nothing computed twice. */
        public static final Execution PLAIN = new Execution(LinkSpec.DIRECT, TraceWindow.NONE, 0, Recomputed.NOTHING);

        /** Of ranks of which each steps when it can. */
        public Execution(LinkSpec link, TraceWindow trace, int unacknowledged, Recomputed recompute) {
            this(link, trace, unacknowledged, recompute, false);
        }
    }

    /**
     * The run ends with whichever comes first.
     *
     * @param epochs passes over the training set
     * @param steps optimizer steps in all, 0 for no limit of its own
     */
    public record Limits(int epochs, long steps) {
        public Limits {
            if (epochs < 1 || steps < 0) {
                throw new IllegalArgumentException(
                        "epochs: " + epochs + ", steps: " + steps + " (expected: 1 or more epochs, 0 or more steps)");
            }
        }
    }

    public RunPlan {
        execution.recompute().check(partition);
        if (order instanceof Flushed(Schedule schedule)) {
            order = new Flushed(Recomputation.of(schedule, execution.recompute().stagesOf(partition)));
        }
        if (partition.stages() != order.stages()) {
            throw new IllegalArgumentException("stages: " + partition.stages() + " (expected: " + order.stages()
                    + ", as the schedule " + order.name() + " has)");
        }
        if (order.microBatches() != spec.microBatches()) {
            throw new IllegalArgumentException("micro-batches: " + spec.microBatches() + " (expected: "
                    + order.microBatches() + ", as the schedule " + order.name() + " has)");
        }
        if (order instanceof Streamed streamed) {
            StreamChecks.check(streamed, start, spec);
            StreamChecks.check(streamed.spec(), watching);
            if (!execution.recompute().equals(Recomputed.NOTHING)) {
                StreamChecks.checkRecomputation(streamed.spec());
            }
        }
        RunTerms.of(spec, partition, order, data)
                .requireContinues(start.progress().terms());
        if (spec.model().tied().isPresent() && !spec.policy().guard().treatsStagesAlike()) {
            throw new IllegalArgumentException(
                    "tied: embedding with clip-norm-per-stage or non-finite-gradients = skip (expected: what treats all"
                            + " stages alike, a tied weight is in two); use clip-norm");
        }
        BatchNormRows.of(spec, data.train().size()).check();
        if (evaluateEvery < 0) {
            throw new IllegalArgumentException("evaluate every: " + evaluateEvery + " (expected: 0 or more batches)");
        }
        if (computeThreads < 1) {
            throw new IllegalArgumentException("compute threads: " + computeThreads + " (expected: 1 or more)");
        }
        if (watching.patience().filter(patience -> patience < 1).isPresent()) {
            throw new IllegalArgumentException("early stopping: "
                    + watching.patience().get() + " epochs without improvement (expected: 1 or more)");
        }
    }

    /** A run whose messages are handed over at once and of which nothing is recorded. */
    public RunPlan(
            TrainingSpec spec,
            Partition partition,
            Order order,
            TrainingData data,
            Limits limits,
            Optional<Integer> earlyStopping,
            int computeThreads,
            Start start) {
        this(
                spec,
                partition,
                order,
                data,
                limits,
                Watching.stopping(earlyStopping),
                computeThreads,
                start,
                0,
                Execution.PLAIN);
    }

    /** The same run, which does something else about its losses. */
    public RunPlan watching(Watching how) {
        return new RunPlan(spec, partition, order, data, limits, how, computeThreads, start, evaluateEvery, execution);
    }

    /** The same run, ended elsewhere; learning rates go on as if it were not. */
    public RunPlan upTo(Limits end) {
        return new RunPlan(
                spec, partition, order, data, end, watching, computeThreads, start, evaluateEvery, execution);
    }

    private RunPlan with(TrainingSpec what, Start where, int evaluating, Execution how) {
        return new RunPlan(what, partition, order, data, limits, watching, computeThreads, where, evaluating, how);
    }

    private RunPlan executed(Execution how) {
        return with(spec, start, evaluateEvery, how);
    }

    /**
     * The same run, whose weight matrices are multiplied in chosen ways.
     *
     * @throws IllegalArgumentException when its backend has no choice
     */
    public RunPlan choosing(KernelChoices choices) {
        TrainingSpec what = spec.with(spec.backend().choosing(choices));
        return with(what, start, evaluateEvery, execution);
    }

    /** The same run, evaluated after every so many batches too. */
    public RunPlan evaluated(int everyBatches) {
        return with(spec, start, everyBatches, execution);
    }

    /** The same run, going on from elsewhere. */
    public RunPlan from(Start where) {
        return with(spec, where, evaluateEvery, execution);
    }

    /** The same run over emulated links. */
    public RunPlan over(LinkSpec links) {
        return executed(new Execution(links, trace(), unacknowledged(), execution.recompute(), stepsTogether()));
    }

    /** The same run between nodes, where so many messages of a stage may wait for their acknowledgement. */
    public RunPlan overNetwork(int messages) {
        return executed(new Execution(link(), trace(), messages, execution.recompute(), stepsTogether()));
    }

    /**
     * The same run where ranks may be lost. If a batch is flushed and every stage is there more than once, no rank steps before
     * all ranks can; so what is left of a stage can always be brought to the step that the others have made.
     */
    public RunPlan steppingTogether() {
        boolean survives =
                order.stream().isEmpty() && order.placement().replicas().size() > 1;
        return executed(new Execution(link(), trace(), unacknowledged(), execution.recompute(), survives));
    }

    /** Whether no rank steps before all ranks can. */
    public boolean stepsTogether() {
        return execution.together();
    }

    /** The same run, in which something is computed a second time; the weights stay the same. */
    public RunPlan recomputing(Recomputed what) {
        return executed(new Execution(link(), trace(), unacknowledged(), what, stepsTogether()));
    }

    /** Whether a stage computes its activations a second time, before the backward. */
    public boolean recomputes(int stage) {
        return switch (order) {
            case Flushed(Schedule schedule) -> schedule.recomputed().contains(stage);
            case Streamed _ -> execution.recompute().stagesOf(partition).contains(stage);
        };
    }

    /** What a stage holds between forward and backward. */
    public Keep keep(int stage) {
        return recomputes(stage) ? execution.recompute().keep(partition, stage) : Keep.ACTIVATIONS;
    }

    /** Messages of a stage that a network may still hold although their receivers have used them. */
    public int unacknowledged() {
        return execution.unacknowledged();
    }

    /** The same run with some of its steps recorded. */
    public RunPlan traced(TraceWindow window) {
        return executed(new Execution(link(), window, unacknowledged(), execution.recompute(), stepsTogether()));
    }

    /**
     * The policy by which stages of such an order step: with weights nesterov the optimizer becomes that method's.
     *
     * @throws IllegalArgumentException when the optimizer has no such form
     */
    public static UpdatePolicy stepping(Order order, UpdatePolicy policy) {
        boolean nesterov = order.stream().map(StreamSpec::policy).equals(Optional.of(WeightPolicy.NESTEROV));
        return nesterov ? policy.with(AsyncNesterov.of(policy.optimizer())) : policy;
    }

    /** The same run as a stream that nobody flushes; with weights nesterov the optimizer becomes that method's. */
    public RunPlan streamed(StreamSpec how) {
        if (order instanceof Streamed already) {
            throw new IllegalStateException("a stream already: " + already.spec() + " (expected: made one once)");
        }
        Order stream = Streamed.of(
                how, spec.microBatches(), order.placement().replicas().size());
        TrainingSpec what = spec.with(stepping(stream, spec.policy()));
        return new RunPlan(
                what, partition, stream, data, limits, watching, computeThreads, start, evaluateEvery, execution);
    }

    /**
     * The same run, which flushes.
     *
     * @throws IllegalArgumentException when it is to go on from a stream, whose steps are no batches
     */
    public RunPlan flushed() {
        StreamTerms.requireNone(start);
        return this;
    }

    /** Batches that the run makes in all unless it is stopped. */
    public long lastStep() {
        long all = limits.epochs() * BatchOrder.stepsPerEpoch(data.train().size(), spec.batch());
        return limits.steps() > 0 ? Math.min(all, limits.steps()) : all;
    }

    /** What people should know of it before it begins, a line each; nothing of it keeps it from being trained. */
    public List<String> warnings() {
        return PlanWarnings.of(this);
    }

    /** What messages between ranks suffer. */
    public LinkSpec link() {
        return execution.link();
    }

    /** Steps that are recorded. */
    public TraceWindow trace() {
        return execution.trace();
    }
}
