package millrace.actors.course;

import java.util.LinkedHashMap;
import java.util.Map;
import millrace.nn.infer.Evaluation;

/** Evaluations as figures by name, as checkpoints keep them. */
public final class Metrics {
    private Metrics() {}

    /** {@code test_loss}, and where there are classes {@code test_accuracy}. */
    public static Map<String, Double> of(Map<String, Evaluation> evaluations) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        evaluations.forEach((set, evaluation) -> {
            metrics.put(set + "_loss", evaluation.loss());
            if (evaluation.isClassification()) {
                metrics.put(set + "_accuracy", evaluation.accuracy());
            }
        });
        return metrics;
    }
}
