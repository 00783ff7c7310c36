package millrace.actors.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import millrace.nn.choice.KernelChoices;
import millrace.nn.layer.Layer;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.LearningRate;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.schedule.order.Order;

/**
 * On what the meaning of a run's steps, weights and losses depends, by name. A checkpoint has them, so that a run that
 * goes on from it with others is refused, or told of, and not silently another run. What is not here may change freely:
 * how long the run is, its learning rate, penalties and clipping, when it stops, how the line is cut, where it computes.
 *
 * @param values texts to be compared and shown; empty where nothing is known
 */
public record RunTerms(Map<String, String> values) {
    /** Of a run that begins, and of checkpoints that do not say. */
    public static final RunTerms UNKNOWN = new RunTerms(Map.of());

    public RunTerms {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    // not compared: a run that goes on takes them from here
    private static final String PRODUCTS = "products";

    private enum Change {
        REFUSED,
        TOLD
    }

    /** What is compared, with the reason why it matters; streams compare more ({@link StreamTerms}). */
    private enum Term {
        BATCH("batch", Change.REFUSED, "a step is a batch"),
        SAMPLES("training samples", Change.REFUSED, "an epoch is all of them, and others would be held back"),
        SEED("seed", Change.REFUSED, "the order of the samples depends on it, and which of them are held back"),
        SHUFFLE("shuffle", Change.REFUSED, "the order of the samples depends on it"),
        LOSS("loss", Change.REFUSED, "losses are compared from epoch to epoch"),
        LAYERS("layers", Change.REFUSED, "others compute something else with its weights"),
        BUFFERS("optimizer buffers", Change.REFUSED, "the checkpoint has no others"),
        OPTIMIZER("optimizer", Change.TOLD, "it goes on with the other one's buffers"),
        LEARNING_RATE(
                "learning-rate schedule", Change.TOLD, "from here on rates are as if it had been so from the start"),
        MICRO_BATCHES(
                "micro-batches",
                Change.TOLD,
                "sums are added up otherwise, and layers such as dropout and batch-norm see other slices"),
        REPLICAS("replicas of the line", Change.TOLD, "sums are added up otherwise"),
        MESSAGES("messages", Change.TOLD, "what stages send each other is rounded otherwise from here on"),
        PRECISION("precision", Change.TOLD, "products are rounded otherwise from here on"),
        KERNELS("kernels", Change.TOLD, "they add up in another order, so the last bits of weights are others");

        private final String label;
        private final Change change;
        private final String reason;

        Term(String label, Change change, String reason) {
            this.label = label;
            this.change = change;
            this.reason = reason;
        }
    }

    /** Those of a plan. */
    public static RunTerms of(RunPlan plan) {
        return of(plan.spec(), plan.partition(), plan.order(), plan.data());
    }

    static RunTerms of(TrainingSpec spec, Partition partition, Order order, TrainingData data) {
        UpdatePolicy policy = spec.policy();
        Map<Term, String> found = new EnumMap<>(Term.class);
        found.put(Term.BATCH, String.valueOf(spec.batch()));
        found.put(Term.SAMPLES, String.valueOf(data.train().size()));
        found.put(Term.SEED, String.valueOf(spec.seed()));
        found.put(Term.SHUFFLE, String.valueOf(spec.shuffle()));
        found.put(Term.LOSS, spec.loss().description());
        found.put(Term.LAYERS, spec.model().layers().stream().map(Layer::type).collect(Collectors.joining(", ")));
        found.put(Term.BUFFERS, buffers(policy));
        found.put(Term.OPTIMIZER, policy.optimizer().name());
        found.put(Term.LEARNING_RATE, learningRate(policy));
        found.put(Term.MICRO_BATCHES, String.valueOf(spec.microBatches()));
        found.put(Term.REPLICAS, String.valueOf(order.placement().replicas().size()));
        found.put(Term.MESSAGES, messages(spec, partition));
        found.put(Term.PRECISION, spec.model().precision().name().toLowerCase(Locale.ROOT));
        found.put(Term.KERNELS, spec.backend().name());
        Map<String, String> values = new LinkedHashMap<>();
        found.forEach((term, value) -> values.put(term.label, value));
        KernelChoices choices = spec.backend().choices();
        if (!choices.isEmpty()) {
            values.put(PRODUCTS, choices.toString());
        }
        return new RunTerms(values);
    }

    /** How its weight matrices are multiplied, where not as usual. */
    public KernelChoices choices() {
        return KernelChoices.parse(values.getOrDefault(PRODUCTS, ""));
    }

    /** Where the line is cut matters only where rounded numbers pass the cuts. */
    private static String messages(TrainingSpec spec, Partition partition) {
        return switch (spec.messages()) {
            case F32 -> "f32";
            case BF16 ->
                partition.stages() == 1
                        ? "f32"
                        : "bf16 before layers "
                                + partition.starts().stream()
                                        .skip(1)
                                        .map(String::valueOf)
                                        .collect(Collectors.joining(", "));
        };
    }

    private static String buffers(UpdatePolicy policy) {
        List<String> buffers = policy.optimizer().states();
        return buffers.isEmpty() ? "none" : String.join(", ", buffers);
    }

    private static String learningRate(UpdatePolicy policy) {
        if (policy.schedule() instanceof LearningRate.Constant) {
            return "constant";
        }
        return policy.schedule()
                + (policy.stepsPerUnit() == 1 ? "" : " in units of " + policy.stepsPerUnit() + " steps");
    }

    /**
     * Refuses to go on as another run.
     *
     * @param before of the run that the checkpoint was made of
     * @throws IllegalArgumentException when something differs that decides what steps, weights or losses mean
     */
    void requireContinues(RunTerms before) {
        for (Term term : Term.values()) {
            if (term.change == Change.REFUSED && differs(term, before)) {
                throw new IllegalArgumentException(term.label + ": " + values.get(term.label) + " (expected: "
                        + before.values.get(term.label) + ", as the checkpoint was made with; " + term.reason
                        + "); leave it as it was, or begin a new run with the checkpoint's weights by --init");
            }
        }
    }

    /** What else differs, in words. */
    List<String> changesSince(RunTerms before) {
        List<String> changes = new ArrayList<>();
        for (Term term : Term.values()) {
            if (term.change == Change.TOLD && differs(term, before)) {
                changes.add(term.label + ": " + values.get(term.label) + " (the checkpoint was made with "
                        + before.values.get(term.label) + "); " + term.reason);
            }
        }
        return changes;
    }

    private boolean differs(Term term, RunTerms before) {
        String known = before.values.get(term.label);
        return known != null && !Objects.equals(known, values.get(term.label));
    }
}
