package millrace.actors.run;

import java.util.Optional;
import millrace.actors.link.LinkSpec;
import millrace.actors.trace.TraceWindow;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.schedule.AscendingGradients;
import millrace.schedule.Schedule;

/**
 * Everything that is decided before a run begins.
 *
 * @param spec what is computed
 * @param partition the model cut into stages
 * @param schedule when each rank does what; its ranks hold the partition's stages; kept in the form in which it is
 *     executed
 * @param data the sets
 * @param limits how long
 * @param earlyStopping epochs without improvement after which the run ends, empty for never
 * @param computeThreads stage actions that may be computed at the same time
 * @param start where the run begins
 * @param logEvery a step event every so many steps, 0 for none
 * @param link what messages between ranks suffer
 * @param trace steps that are recorded
 */
public record RunPlan(
        TrainingSpec spec,
        Partition partition,
        Schedule schedule,
        TrainingData data,
        Limits limits,
        Optional<Integer> earlyStopping,
        int computeThreads,
        Start start,
        int logEvery,
        LinkSpec link,
        TraceWindow trace) {
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
        if (computeThreads < 1) {
            throw new IllegalArgumentException("compute threads: " + computeThreads + " (expected: 1 or more)");
        }
        if (earlyStopping.isPresent()
                && (earlyStopping.get() < 1 || data.evaluated().isEmpty())) {
            throw new IllegalArgumentException("early stopping: " + earlyStopping.get()
                    + " epochs (expected: 1 or more, and a validation or test set to look at)");
        }
    }

    /** A run whose messages are handed over at once and of which nothing is recorded. */
    public RunPlan(
            TrainingSpec spec,
            Partition partition,
            Schedule schedule,
            TrainingData data,
            Limits limits,
            Optional<Integer> earlyStopping,
            int computeThreads,
            Start start,
            int logEvery) {
        this(
                spec,
                partition,
                schedule,
                data,
                limits,
                earlyStopping,
                computeThreads,
                start,
                logEvery,
                LinkSpec.DIRECT,
                TraceWindow.NONE);
    }

    /** The same run over emulated links. */
    public RunPlan over(LinkSpec links) {
        return new RunPlan(
                spec, partition, schedule, data, limits, earlyStopping, computeThreads, start, logEvery, links, trace);
    }

    /** The same run with some of its steps recorded. */
    public RunPlan traced(TraceWindow window) {
        return new RunPlan(
                spec, partition, schedule, data, limits, earlyStopping, computeThreads, start, logEvery, link, window);
    }
}
