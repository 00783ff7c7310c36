package millrace.actors.course;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import millrace.actors.event.RunResult;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.BestEpoch;
import millrace.actors.plan.CourseState;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.RunTerms;
import millrace.actors.plan.Snapshot;
import millrace.actors.plan.TrainingData;
import millrace.actors.trace.PipelineFigures;
import millrace.nn.data.BatchOrder;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Evaluation;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Plateau;
import millrace.nn.stage.LossSum;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a run does next: train an epoch, evaluate, save, stop early, finish. Pure but for the clock that is
 * passed in; the trainer actor and the sequential run drive the same object.
 */
public final class Course {
    /** What to do next. */
    public sealed interface Next {
        /** Train until so many optimizer steps are made. */
        record Steps(long until) implements Next {}

        /** Evaluate a set. */
        record Evaluate(String name, Dataset data) implements Next {}

        /** Save the state at this step, and hand a snapshot to whoever wants one. */
        record Save(boolean improved) implements Next {}

        /** The run is over. */
        record Finish(Reason reason) implements Next {}
    }

    private final RunPlan plan;
    private final boolean isSaved;
    private final TrainingListener listener;
    private final LongSupplier nanoTime;
    private final BatchOrder order;
    private final long lastStep;
    private final RunTerms terms;
    private final long begin;
    private final Deque<Next> agenda = new ArrayDeque<>();
    private final Map<String, Evaluation> evaluations = new LinkedHashMap<>();

    private long step;
    private double loss = Double.NaN;
    private double epochLossSum;
    private double epochLossWeight;
    private long epochSamples;
    // of them those that were trained here, and not before an interruption
    private long timedSamples;
    private long trainedSamples;
    private long epochBegin;
    private double epochSeconds;
    // the training since the line last stood still
    private long stretchFrom;
    private long stretchSamples;
    private long stretchBegin;
    private double trainedSeconds;
    private final NormSums epochNorms = new NormSums();
    private double bestLoss = Double.POSITIVE_INFINITY;
    private int epochsWithoutImprovement;
    private Plateau.State plateau = Plateau.State.FRESH;
    // the scale that the last step was made with
    private double scaleOfLastStep = 1;
    private long bestStep;
    private @Nullable BestEpoch best;
    private Map<String, Evaluation> bestEvaluations = Map.of();
    private boolean onlyEvaluates;
    private @Nullable Reason end;

    /** Of a run that is not saved. */
    public Course(RunPlan plan, TrainingListener listener, LongSupplier nanoTime) {
        this(plan, listener, nanoTime, false);
    }

    /**
     * @param nanoTime the clock, in nanoseconds
     * @param isSaved whether checkpoints are written, at the end of each epoch among others
     */
    public Course(RunPlan plan, TrainingListener listener, LongSupplier nanoTime, boolean isSaved) {
        this.plan = plan;
        this.isSaved = isSaved;
        this.listener = listener;
        this.nanoTime = nanoTime;
        this.begin = nanoTime.getAsLong();
        TrainingSpec spec = plan.spec();
        this.order = new BatchOrder(
                plan.data().train().size(), spec.batch(), spec.microBatches(), spec.seed(), spec.shuffle());
        this.step = plan.start().step();
        this.lastStep = plan.lastStep();
        this.terms = RunTerms.of(plan);
        goOn(plan.start().progress());
    }

    private void goOn(CourseState before) {
        loss = before.loss();
        epochLossSum = before.epochLossSum();
        epochLossWeight = before.epochLossWeight();
        epochSamples = before.epochSamples();
        bestLoss = before.bestLoss();
        epochsWithoutImprovement = Math.toIntExact(before.epochsWithoutImprovement());
        bestStep = before.bestStep();
        best = plan.start().best().orElse(null);
        plateau = before.plateau();
        scaleOfLastStep = plateau.scale();
        beginTime();
        boolean open = epochSamples > 0;
        if (open && (epochEnds() || step >= lastStep)) {
            // saved after an epoch's last step and before its evaluation
            partDone();
        } else if (step > 0 && step >= lastStep) {
            // nothing left to train, but the result tells how good it is
            plan.data().evaluated().forEach((name, data) -> agenda.add(new Next.Evaluate(name, data)));
            onlyEvaluates = true;
            finishIfEvaluated();
        } else {
            trainOrFinish();
        }
    }

    private void finishIfEvaluated() {
        if (agenda.isEmpty()) {
            trainOrFinish();
        }
    }

    /** How far the course has come; with {@link #step} all that a run needs to go on as if nothing had happened. */
    public CourseState progress() {
        return new CourseState(
                loss,
                epochLossSum,
                epochLossWeight,
                epochSamples,
                bestLoss,
                epochsWithoutImprovement,
                bestStep,
                plateau,
                terms);
    }

    /** What the learning rate of all steps until the next evaluation is multiplied by. */
    public double rateScale() {
        return plateau.scale();
    }

    /** What to do now; the same answer until it is done. */
    public Next next() {
        return agenda.getFirst();
    }

    /**
     * A step was made.
     *
     * @param ofBatch the losses of its batch; without weight where none of its targets counts
     * @param norms of each stage's gradient; empty where they are not measured
     */
    public void stepped(LossSum ofBatch, List<Double> norms) {
        boolean counts = ofBatch.weight() > 0;
        boolean finite = Double.isFinite(ofBatch.sum());
        double stepLoss = counts || !finite ? ofBatch.mean() : loss;
        if (!finite && !plan.spec().policy().guard().skipNonFinite()) {
            throw new Diverged(stepLoss, step + 1);
        }
        int rows = order.batchRows(step);
        step++;
        scaleOfLastStep = plateau.scale();
        loss = stepLoss;
        epochSamples += rows;
        timedSamples += rows;
        trainedSamples += rows;
        stretchSamples += rows;
        epochNorms.add(norms);
        // a batch whose steps were left out says nothing about the loss; the others count by the weight of their
        // targets,
        // which with class weights and places that are left out differs from batch to batch
        if (finite) {
            epochLossSum += ofBatch.sum();
            epochLossWeight += ofBatch.weight();
        }
        tellStep(stepLoss, norms);
        if (agenda.getFirst() instanceof Next.Steps(long until)) {
            if (step == until) {
                agenda.removeFirst();
                partDone();
            } else if (epochEnds()) {
                // nothing to evaluate or to save: the line need not stop for it
                timed();
                closeEpoch();
                epochBegin = nanoTime.getAsLong();
            }
        }
    }

    private void tellStep(double stepLoss, List<Double> norms) {
        TrainingEvent.Stretch stretch =
                new TrainingEvent.Stretch(stretchFrom, stretchSamples, nanoTime.getAsLong() - stretchBegin);
        listener.onEvent(
                new TrainingEvent.Step(step, order.stepsPerEpoch(), stepLoss, rateOfLastStep(), stretch, norms));
    }

    /** The learning rate of the batch made last; where steps are no batches, of the step that its first one went into. */
    private double rateOfLastStep() {
        return plan.spec().policy().rate(plan.order().optimizerSteps(Math.max(0, step - 1))) * scaleOfLastStep;
    }

    private void beginTime() {
        epochBegin = nanoTime.getAsLong();
        stretchBegin = epochBegin;
        stretchFrom = step;
        stretchSamples = 0;
    }

    private boolean epochEnds() {
        return step % order.stepsPerEpoch() == 0;
    }

    /** The evaluation asked for. */
    public void evaluated(Evaluation evaluation) {
        if (!(agenda.removeFirst() instanceof Next.Evaluate(String name, Dataset _))) {
            throw new IllegalStateException("evaluation without having asked (expected: after Evaluate)");
        }
        evaluations.put(name, evaluation);
        if (onlyEvaluates) {
            finishIfEvaluated();
        } else if (agenda.isEmpty()) {
            allEvaluated();
        }
    }

    /** Whether what is to be saved now has to come as a snapshot, for the listener or for the course itself. */
    public boolean wantsSnapshot() {
        return next() instanceof Next.Save(boolean improved) && wantsSnapshot(improved);
    }

    private boolean wantsSnapshot(boolean improved) {
        return listener.wantsSnapshots() || (improved && plan.watching().restoresBest());
    }

    /** The snapshot asked for goes to the listener. */
    public void saved(Snapshot snapshot) {
        boolean improved = requireSave();
        if (improved && plan.watching().restoresBest()) {
            best = BestEpoch.of(snapshot);
        }
        if (listener.wantsSnapshots()) {
            listener.onSnapshot(snapshot.with(progress()), Map.copyOf(evaluations), improved);
        }
        saved();
    }

    /** What was asked to be saved has been saved. */
    public void saved() {
        requireSave();
        agenda.removeFirst();
        trainOrFinish();
    }

    /** Whether the snapshot asked for shall have gradients. */
    public boolean wantsGradients() {
        return listener.wantsGradients() && next() instanceof Next.Save;
    }

    private boolean requireSave() {
        if (agenda.getFirst() instanceof Next.Save(boolean improved)) {
            return improved;
        }
        throw new IllegalStateException("snapshot without having asked (expected: after Save)");
    }

    /** The latest evaluations by name of the set. */
    public Map<String, Evaluation> evaluations() {
        return Map.copyOf(evaluations);
    }

    /**
     * Ends the run early.
     *
     * @param until steps that are under way already and will be made
     */
    public void interrupt(long until) {
        end = Reason.INTERRUPTED;
        if (agenda.getFirst() instanceof Next.Steps) {
            agenda.clear();
            if (step == until) {
                partDone();
            } else {
                agenda.add(new Next.Steps(until));
            }
        }
    }

    private void partDone() {
        timed();
        if (end == Reason.INTERRUPTED) {
            saveThenFinish(false);
            return;
        }
        plan.data().evaluated().forEach((name, data) -> agenda.add(new Next.Evaluate(name, data)));
        if (agenda.isEmpty()) {
            epochDone();
        }
    }

    private void timed() {
        double seconds = (nanoTime.getAsLong() - epochBegin) / 1e9;
        epochSeconds += seconds;
        trainedSeconds += seconds;
    }

    private void allEvaluated() {
        if (epochEnds() || step == lastStep) {
            epochDone();
        } else {
            listener.onEvent(new TrainingEvent.EvaluationDone(step, Map.copyOf(evaluations)));
            trainOrFinish();
        }
    }

    private void epochDone() {
        double loss = epochLossSum / epochLossWeight;
        closeEpoch();
        double watched = watchedLoss(loss);
        boolean improved = watched < bestLoss;
        bestLoss = improved ? watched : bestLoss;
        if (improved) {
            epochsWithoutImprovement = 0;
            bestStep = step;
            bestEvaluations = Map.copyOf(evaluations);
        }
        // a part of an epoch, where the number of steps ends the run, is no epoch: going on from here makes it whole
        if (epochEnds()) {
            epochsWithoutImprovement += improved ? 0 : 1;
            plan.watching()
                    .plateau()
                    .ifPresent(how -> plateau = how.after(
                            plateau, watched, plan.spec().policy().optimizer().rate()));
        }
        int patience = plan.watching().patience().orElse(Integer.MAX_VALUE);
        if (epochsWithoutImprovement >= patience && step < lastStep && end == null) {
            end = Reason.STOPPED_EARLY;
        }
        saveThenFinish(improved);
    }

    private void closeEpoch() {
        listener.onEvent(new TrainingEvent.EpochEnd(
                epoch(),
                step,
                epochLossSum / epochLossWeight,
                rateOfLastStep(),
                Map.copyOf(evaluations),
                timedSamples / epochSeconds,
                epochNorms.take()));
        timedSamples = 0;
        epochSeconds = 0;
        if (epochEnds()) {
            epochLossSum = 0;
            epochLossWeight = 0;
            epochSamples = 0;
        }
    }

    private double watchedLoss(double epochLoss) {
        Evaluation validation = evaluations.get(TrainingData.VALIDATION);
        Evaluation test = evaluations.get(TrainingData.TEST);
        return validation != null ? validation.loss() : test != null ? test.loss() : epochLoss;
    }

    private void saveThenFinish(boolean improved) {
        if (isSaved || wantsSnapshot(improved)) {
            agenda.add(new Next.Save(improved));
        } else {
            trainOrFinish();
        }
    }

    private void trainOrFinish() {
        if (end != null || step >= lastStep) {
            agenda.add(new Next.Finish(end == null ? Reason.COMPLETED : end));
            return;
        }
        beginTime();
        agenda.add(new Next.Steps(Math.min(nextStop(), lastStep)));
    }

    /** Where the line has to stop: at the ends of epochs if there is something to do, and for evaluations between. */
    private long nextStop() {
        boolean evaluates = !plan.data().evaluated().isEmpty();
        boolean stops = evaluates || plan.watching().decides() || listener.wantsSnapshots() || isSaved;
        long endOfEpoch = stops ? (step / order.stepsPerEpoch() + 1) * order.stepsPerEpoch() : lastStep;
        int every = plan.evaluateEvery();
        return evaluates && every > 0 ? Math.min(endOfEpoch, (step / every + 1) * every) : endOfEpoch;
    }

    /** The epoch of the step made last, from 1. */
    private int epoch() {
        return Math.toIntExact((Math.max(1, step) - 1) / order.stepsPerEpoch()) + 1;
    }

    /** Time of the training alone: neither evaluations nor snapshots. */
    public double trainedSeconds() {
        return trainedSeconds;
    }

    /** Optimizer steps made. */
    public long step() {
        return step;
    }

    /** What the run came to; with the weights of its best epoch, where it takes them back. */
    public RunResult result(Reason reason, Snapshot lastState, PipelineFigures pipeline) {
        Snapshot finalState = lastState;
        Map<String, Evaluation> found = evaluations;
        BestEpoch back = best;
        if (reason.takesBackBest(plan.watching()) && back != null && back.step() != lastState.step()) {
            finalState = new Snapshot(back.step(), back.weights(), List.of());
            // of an epoch before this run went on it knows the weights only
            found = bestEvaluations.isEmpty() ? back.evaluations(plan) : bestEvaluations;
        }
        return new RunResult(
                reason,
                step,
                loss,
                Map.copyOf(found),
                trainedSeconds > 0 ? trainedSamples / trainedSeconds : 0,
                (nanoTime.getAsLong() - begin) / 1e9,
                finalState,
                pipeline);
    }
}
