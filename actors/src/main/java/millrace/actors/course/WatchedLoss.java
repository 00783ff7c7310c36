package millrace.actors.course;

import java.util.Map;
import java.util.Optional;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.plan.BestEpoch;
import millrace.actors.plan.CourseState;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.RunTerms;
import millrace.actors.plan.Snapshot;
import millrace.actors.plan.TrainingData;
import millrace.nn.infer.Evaluation;
import millrace.nn.optimizer.Plateau;
import org.jspecify.annotations.Nullable;

/**
 * The loss that a run watches after each epoch: the validation set's, without one the test set's, without either that of
 * the training. Which epoch was the best, and what follows from it for the run.
 */
final class WatchedLoss {
    private final RunPlan plan;
    private double best;
    private long bestStep;
    private long epochsWithoutImprovement;
    private Plateau.State plateau;
    private @Nullable BestEpoch bestEpoch;
    private Map<String, Evaluation> bestEvaluations = Map.of();

    /** As far as it was known where the plan begins. */
    WatchedLoss(RunPlan plan) {
        this.plan = plan;
        CourseState before = plan.start().progress();
        this.best = before.bestLoss();
        this.bestStep = before.bestStep();
        this.epochsWithoutImprovement = before.epochsWithoutImprovement();
        this.plateau = before.plateau();
        this.bestEpoch = plan.start().best().orElse(null);
    }

    /**
     * An epoch is over, or the part of one with which the run ends.
     *
     * @param step steps made at its end
     * @param whole a part is no epoch: a run that goes on from there makes it whole
     * @param trained mean loss while training
     * @param evaluations of the weights after the step
     * @return whether it is the best so far
     */
    boolean epochOver(long step, boolean whole, double trained, Map<String, Evaluation> evaluations) {
        Evaluation validation = evaluations.get(TrainingData.VALIDATION);
        Evaluation test = evaluations.get(TrainingData.TEST);
        double loss = validation != null ? validation.loss() : test != null ? test.loss() : trained;
        boolean improved = loss < best;
        if (improved) {
            best = loss;
            bestStep = step;
            bestEvaluations = evaluations;
            epochsWithoutImprovement = 0;
        }
        if (whole) {
            epochsWithoutImprovement += improved ? 0 : 1;
            plan.watching()
                    .plateau()
                    .ifPresent(how -> plateau = how.after(
                            plateau, loss, plan.spec().policy().optimizer().rate()));
        }
        return improved;
    }

    /** Whether the run has gone on for as long without improvement as it may. */
    boolean endsRun() {
        return epochsWithoutImprovement >= plan.watching().patience().orElse(Integer.MAX_VALUE);
    }

    /** What learning rates are multiplied by. */
    double rateScale() {
        return plateau.scale();
    }

    /** The weights of the best epoch, for a run that takes them back. */
    void keep(Snapshot snapshot) {
        if (plan.watching().restoresBest()) {
            bestEpoch = BestEpoch.of(snapshot);
        }
    }

    /** The best epoch, if a run that ends so takes its weights back and has others. */
    Optional<BestEpoch> takenBack(Reason reason, Snapshot last) {
        return Optional.ofNullable(bestEpoch)
                .filter(back -> reason.takesBackBest(plan.watching()) && back.step() != last.step());
    }

    /** How the sets were done by the best epoch's weights; of an epoch before this run went on only the weights are known. */
    Map<String, Evaluation> evaluationsOf(BestEpoch back) {
        return bestEvaluations.isEmpty() ? back.evaluations(plan) : bestEvaluations;
    }

    /**
     * The state of a course.
     *
     * @param loss of its last step
     * @param epoch that is not over
     */
    CourseState state(double loss, EpochTally epoch, RunTerms terms) {
        return new CourseState(
                loss,
                epoch.lossSum(),
                epoch.lossWeight(),
                epoch.samples(),
                best,
                epochsWithoutImprovement,
                bestStep,
                plateau,
                terms);
    }
}
