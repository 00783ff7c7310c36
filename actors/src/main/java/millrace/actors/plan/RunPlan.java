package millrace.actors.plan;

import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import millrace.actors.link.LinkSpec;
import millrace.actors.trace.TraceWindow;
import millrace.nn.data.BatchOrder;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.AsyncNesterov;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.stage.LayerRun;
import millrace.schedule.AscendingGradients;
import millrace.schedule.Schedule;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;

/**
 * Everything that is decided before a run begins.
 *
 * @param spec what is computed
 * @param partition the model cut into stages
 * @param schedule when each rank does what; its ranks hold the partition's stages; kept in the form in which it is
 *     executed
 * @param data the sets
 * @param limits how long
 * @param watching what is done about the loss after each epoch
 * @param computeThreads stage actions that may be computed at the same time
 * @param start where the run begins
 * @param evaluateEvery the sets are evaluated after so many batches too, 0 for at the ends of epochs only
 * @param execution with or without a flush, over which links, what is recorded
 */
public record RunPlan(
        TrainingSpec spec,
        Partition partition,
        Schedule schedule,
        TrainingData data,
        Limits limits,
        Watching watching,
        int computeThreads,
        Start start,
        int evaluateEvery,
        Execution execution) {
    /**
     * How a run is executed; with a stream the schedule only says which rank holds which stage.
     *
     * @param stream how it is trained without a flush; empty for schedules that flush
     * @param link what messages between ranks suffer
     * @param trace steps that are recorded
     * @param unacknowledged messages of a stage that a network may still hold although their receivers have used them
     * @param recompute stages that hold what comes in, and compute their activations again before the backward
     */
    public record Execution(
            Optional<StreamSpec> stream, LinkSpec link, TraceWindow trace, int unacknowledged, Set<Integer> recompute) {
        /** A flush after every batch, messages handed over at once, nothing recorded. */
        public static final Execution PLAIN =
                new Execution(Optional.empty(), LinkSpec.DIRECT, TraceWindow.NONE, 0, Set.of());
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
        schedule = AscendingGradients.of(schedule);
        if (partition.stages() != schedule.stages()) {
            throw new IllegalArgumentException("stages: " + partition.stages() + " (expected: " + schedule.stages()
                    + ", as the schedule " + schedule.name() + " has)");
        }
        if (schedule.microBatches() != spec.microBatches()) {
            throw new IllegalArgumentException("micro-batches: " + spec.microBatches() + " (expected: "
                    + schedule.microBatches() + ", as the schedule " + schedule.name() + " has)");
        }
        if (execution.stream().isPresent()) {
            StreamChecks.check(execution.stream().get(), schedule, start, spec);
            StreamChecks.check(execution.stream().get(), watching);
            if (!execution.recompute().isEmpty()) {
                StreamChecks.checkRecomputation(execution.stream().get());
            }
        }
        if (spec.model().tied().isPresent() && !spec.policy().guard().treatsStagesAlike()) {
            throw new IllegalArgumentException(
                    "tied: embedding with clip-norm-per-stage or non-finite-gradients = skip (expected: what treats all"
                            + " stages alike, a tied weight is in two); use clip-norm");
        }
        boolean buffers = IntStream.range(0, spec.model().layers().size())
                .anyMatch(layer -> !spec.model().buffers(layer).isEmpty());
        if (schedule.replicas().size() > 1 && buffers) {
            throw new IllegalArgumentException("schedule: " + schedule.name()
                    + " with batch-norm (expected: a schedule without replicas of the line, each replica would have"
                    + " running statistics of its own); take another schedule, or layer-norm");
        }
        for (int stage : execution.recompute()) {
            if (stage < 0 || stage >= partition.stages()) {
                throw new IllegalArgumentException("recompute: stage " + stage + " (expected: 0 to "
                        + (partition.stages() - 1) + ", the run has " + partition.stages() + " stages)");
            }
        }
        if (evaluateEvery < 0) {
            throw new IllegalArgumentException("evaluate every: " + evaluateEvery + " batches (expected: 0 or more)");
        }
        if (computeThreads < 1) {
            throw new IllegalArgumentException("compute threads: " + computeThreads + " (expected: 1 or more)");
        }
        Optional<Integer> patience = watching.patience();
        if (patience.isPresent() && (patience.get() < 1 || data.evaluated().isEmpty())) {
            throw new IllegalArgumentException("early stopping: " + patience.get()
                    + " epochs (expected: 1 or more, and a validation or test set to look at)");
        }
    }

    /** A run that flushes, whose messages are handed over at once and of which nothing is recorded. */
    public RunPlan(
            TrainingSpec spec,
            Partition partition,
            Schedule schedule,
            TrainingData data,
            Limits limits,
            Optional<Integer> earlyStopping,
            int computeThreads,
            Start start) {
        this(
                spec,
                partition,
                schedule,
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
        return new RunPlan(
                spec, partition, schedule, data, limits, how, computeThreads, start, evaluateEvery, execution);
    }

    /** The same run, ended elsewhere; learning rates go on as if it were not. */
    public RunPlan upTo(Limits end) {
        return new RunPlan(
                spec, partition, schedule, data, end, watching, computeThreads, start, evaluateEvery, execution);
    }

    private RunPlan with(TrainingSpec what, Start where, int evaluating, Execution how) {
        return new RunPlan(what, partition, schedule, data, limits, watching, computeThreads, where, evaluating, how);
    }

    private RunPlan executed(Execution how) {
        return with(spec, start, evaluateEvery, how);
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
        return executed(new Execution(stream(), links, trace(), unacknowledged(), execution.recompute()));
    }

    /** The same run between nodes, where so many messages of a stage may wait for their acknowledgement. */
    public RunPlan overNetwork(int messages) {
        return executed(new Execution(stream(), link(), trace(), messages, execution.recompute()));
    }

    /** The same run, in which these stages compute their activations a second time; the weights stay the same. */
    public RunPlan recomputing(Set<Integer> stages) {
        return executed(new Execution(stream(), link(), trace(), unacknowledged(), Set.copyOf(stages)));
    }

    /** Whether a stage computes its activations a second time, before the backward. */
    public boolean recomputes(int stage) {
        return execution.recompute().contains(stage);
    }

    /** What a stage holds between forward and backward. */
    public LayerRun.Keep keep(int stage) {
        return recomputes(stage) ? LayerRun.Keep.INPUT : LayerRun.Keep.ACTIVATIONS;
    }

    /** Messages of a stage that a network may still hold although their receivers have used them. */
    public int unacknowledged() {
        return execution.unacknowledged();
    }

    /** The same run with some of its steps recorded. */
    public RunPlan traced(TraceWindow window) {
        return executed(new Execution(stream(), link(), window, unacknowledged(), execution.recompute()));
    }

    /** The same run as a stream that nobody flushes; with weights nesterov the optimizer becomes that method's. */
    public RunPlan streamed(StreamSpec how) {
        if (stream().isPresent()) {
            throw new IllegalStateException("a stream already: " + stream().get() + " (expected: made one once)");
        }
        UpdatePolicy policy = spec.policy();
        if (how.policy() == WeightPolicy.NESTEROV) {
            policy = policy.with(AsyncNesterov.of(policy.optimizer()));
        }
        return with(
                spec.with(policy),
                start,
                evaluateEvery,
                new Execution(Optional.of(how), link(), trace(), unacknowledged(), execution.recompute()));
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

    /** Optimizer steps that every stage has made after so many batches and no more. */
    public long optimizerSteps(long batches) {
        return stream()
                .map(how -> batches * spec.microBatches() / how.accumulate())
                .orElse(batches);
    }

    /** How it is trained without a flush; empty for schedules that flush. */
    public Optional<StreamSpec> stream() {
        return execution.stream();
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
