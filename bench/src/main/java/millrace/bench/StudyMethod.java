package millrace.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import millrace.app.config.RunFile;

/** A way to train that the study compares, in the order of tables and legends. */
enum StudyMethod {
    /** Synchronous: everybody waits for the end of a batch. */
    FLUSH("flush", "stash", Step.BATCH),
    /** Every gradient at most one step late. */
    FEW_STEPS("async k=n-1", "stash", Step.LINE),
    /** A step after every micro-batch: the first stage's gradients are n-1 steps late. */
    EVERY_MICRO_BATCH("async k=1", "stash", Step.MICRO_BATCH),
    /** Steps as often as with a flush, each with gradients of the version before. */
    TWO_BUFFERS("2bw", "2bw", Step.BATCH),
    /** As {@link #EVERY_MICRO_BATCH}, backwards with the newest weights. */
    LIVE("live", "live", Step.MICRO_BATCH),
    /** As {@link #LIVE}, forwards with predicted weights. */
    PREDICT("predict", "predict", Step.MICRO_BATCH),
    /** As {@link #EVERY_MICRO_BATCH}, with the asynchronous Nesterov method's optimizer. */
    NESTEROV("nesterov", "nesterov", Step.MICRO_BATCH),
    /**
     * A control, on request only: one stage, so nothing is late, stepping after every micro-batch. How it differs from
     * flush is due to smaller steps, how the four before it differ from it is due to their delay.
     */
    UNDELAYED("undelayed k=1", "stash", Step.MICRO_BATCH);

    /** How often a stage steps. */
    private enum Step {
        BATCH,
        LINE,
        MICRO_BATCH
    }

    private final String word;
    private final String weights;
    private final Step step;

    StudyMethod(String word, String weights, Step step) {
        this.word = word;
        this.weights = weights;
        this.step = step;
    }

    /** What is compared unless told otherwise. */
    static List<StudyMethod> compared() {
        return Arrays.stream(values()).filter(method -> method != UNDELAYED).toList();
    }

    /**
     * The method of that word.
     *
     * @throws IllegalArgumentException on an unknown word (lists the known ones)
     */
    static StudyMethod of(String word) {
        return Arrays.stream(values())
                .filter(method -> method.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("method: " + word + " (expected: one of "
                        + String.join(
                                ", ",
                                Arrays.stream(values()).map(StudyMethod::word).toList()) + ")"));
    }

    String word() {
        return word;
    }

    /** The settings that make a run of it, for {@link RunFile}. */
    Map<String, Object> settings(StudyWorkload workload) {
        Map<String, Object> settings = new TreeMap<>(Map.of(
                "pipeline.schedule",
                this == FLUSH ? "1f1b" : "async-1f1b",
                "pipeline.ranks",
                stages(workload),
                "pipeline.micro-batches",
                StudyWorkload.MICRO_BATCHES));
        // a schedule that flushes steps once a batch, whatever is set
        if (this != FLUSH) {
            settings.putAll(Map.of("pipeline.accumulate", accumulate(workload), "pipeline.weights", weights));
        }
        return settings;
    }

    private int stages(StudyWorkload workload) {
        return this == UNDELAYED ? 1 : workload.stages();
    }

    private int accumulate(StudyWorkload workload) {
        return switch (step) {
            case BATCH -> StudyWorkload.MICRO_BATCHES;
            case LINE -> stages(workload) - 1;
            case MICRO_BATCH -> 1;
        };
    }

    /** Steps that a stage makes in so many batches. */
    int steps(StudyWorkload workload, int batches) {
        return Math.max(1, batches * StudyWorkload.MICRO_BATCHES / accumulate(workload));
    }

    /** The lowest of the first four rates: smaller steps more often need smaller rates. */
    Rate lowestRate(StudyWorkload workload) {
        boolean adaptive = workload.optimizer().equals("adam");
        Rate lowest = Rate.of(adaptive ? "3e-4" : "3e-3");
        if (step == Step.MICRO_BATCH) {
            lowest = adaptive ? lowest.lower() : lowest.lower().lower();
        }
        // SGD's rate is damped by 1 - momentum, a tenth
        return this == NESTEROV && !adaptive ? lowest.higher().higher() : lowest;
    }
}
