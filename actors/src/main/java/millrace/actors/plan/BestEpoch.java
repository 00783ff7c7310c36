package millrace.actors.plan;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Evaluation;
import millrace.nn.infer.Predictor;
import millrace.nn.weights.NamedTensor;

/**
 * The best epoch of a run, for one that takes its weights back at the end.
 *
 * @param step batches made by then
 * @param weights then; empty where the stages keep them in their checkpoints
 */
public record BestEpoch(long step, List<NamedTensor> weights) {
    /** The best epoch before a run that goes on, from the checkpoint that was made of it. */
    public static BestEpoch of(Snapshot snapshot) {
        return new BestEpoch(snapshot.step(), snapshot.weights());
    }

    /** How the run's sets are done with these weights; on the calling thread. */
    public Map<String, Evaluation> evaluations(RunPlan plan) {
        Predictor predictor = new Predictor(
                plan.spec().model(), NamedTensor.byName(weights), plan.spec().backend());
        Map<String, Evaluation> evaluations = new LinkedHashMap<>();
        for (Map.Entry<String, Dataset> set : plan.data().evaluated().entrySet()) {
            evaluations.put(set.getKey(), predictor.evaluate(plan.spec().loss(), set.getValue()));
        }
        return evaluations;
    }
}
