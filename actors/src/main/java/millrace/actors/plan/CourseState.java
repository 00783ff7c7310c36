package millrace.actors.plan;

import java.util.Map;
import java.util.TreeMap;
import millrace.nn.optimizer.Plateau;

/**
 * What a run knows of its course besides weights: all that decides how it goes on, and the sums of an epoch that is not
 * over. A run that goes on with it stops early, and reports an epoch's loss, as if it had never been interrupted.
 *
 * @param loss of the last step
 * @param epochLossSum sum of the losses of the epoch's samples so far, each with its weight
 * @param epochLossWeight weight of the samples in that sum: what their mean loss divides by
 * @param epochSamples samples of the epoch so far, 0 when it has been closed
 * @param bestLoss the smallest that was watched
 * @param epochsWithoutImprovement epochs since then
 * @param bestStep batches made at the end of the epoch with that loss, 0 for none
 * @param plateau what the learning rate's fall depends on
 * @param terms on what all of it depends; unknown of a run that begins
 */
public record CourseState(
        double loss,
        double epochLossSum,
        double epochLossWeight,
        long epochSamples,
        double bestLoss,
        long epochsWithoutImprovement,
        long bestStep,
        Plateau.State plateau,
        RunTerms terms) {
    /** Of a run that begins, or of which nothing is known. */
    public static final CourseState NONE =
            new CourseState(Double.NaN, 0, 0, 0, Double.POSITIVE_INFINITY, 0, 0, Plateau.State.FRESH, RunTerms.UNKNOWN);

    private static final String LOSS = "loss";
    private static final String LOSS_SUM = "epoch_loss_sum";
    private static final String LOSS_WEIGHT = "epoch_loss_weight";
    // how checkpoints of earlier versions call it, where it was a number of samples
    private static final String LOSS_SAMPLES = "epoch_loss_samples";
    private static final String SAMPLES = "epoch_samples";
    private static final String BEST = "best_loss";
    private static final String WITHOUT = "epochs_without_improvement";
    private static final String BEST_STEP = "best_step";
    private static final String PLATEAU_SCALE = "plateau_scale";
    private static final String PLATEAU_BEST = "plateau_best_loss";
    private static final String PLATEAU_BAD = "plateau_epochs_without_improvement";
    private static final String PLATEAU_COOLING = "plateau_cooldown";

    /** As figures by name, for a checkpoint; counts up to 2^53 keep every bit. */
    public Map<String, Double> figures() {
        Map<String, Double> figures = new TreeMap<>();
        figures.put(LOSS, loss);
        figures.put(LOSS_SUM, epochLossSum);
        figures.put(LOSS_WEIGHT, epochLossWeight);
        figures.put(SAMPLES, (double) epochSamples);
        figures.put(BEST, bestLoss);
        figures.put(WITHOUT, (double) epochsWithoutImprovement);
        figures.put(BEST_STEP, (double) bestStep);
        figures.put(PLATEAU_SCALE, plateau.scale());
        figures.put(PLATEAU_BEST, plateau.best());
        figures.put(PLATEAU_BAD, (double) plateau.bad());
        figures.put(PLATEAU_COOLING, (double) plateau.cooling());
        return figures;
    }

    /**
     * From {@link #figures}; what is missing is as in {@link #NONE}.
     *
     * @param terms the {@link RunTerms#values} that were saved beside them
     */
    public static CourseState of(Map<String, Double> figures, Map<String, String> terms) {
        return new CourseState(
                figures.getOrDefault(LOSS, NONE.loss),
                figures.getOrDefault(LOSS_SUM, 0.0),
                figures.getOrDefault(LOSS_WEIGHT, figures.getOrDefault(LOSS_SAMPLES, 0.0)),
                figures.getOrDefault(SAMPLES, 0.0).longValue(),
                figures.getOrDefault(BEST, NONE.bestLoss),
                figures.getOrDefault(WITHOUT, 0.0).longValue(),
                figures.getOrDefault(BEST_STEP, 0.0).longValue(),
                new Plateau.State(
                        figures.getOrDefault(PLATEAU_SCALE, NONE.plateau.scale()),
                        figures.getOrDefault(PLATEAU_BEST, NONE.plateau.best()),
                        figures.getOrDefault(PLATEAU_BAD, 0.0).longValue(),
                        figures.getOrDefault(PLATEAU_COOLING, 0.0).longValue()),
                new RunTerms(terms));
    }
}
