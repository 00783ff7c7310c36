package millrace.actors.course;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import millrace.actors.trace.PipelineFigures;
import millrace.nn.data.BatchOrder;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Evaluation;
import millrace.nn.model.TrainingSpec;
import millrace.nn.stage.LossSum;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a run does next: train an epoch, evaluate, save, stop early, finish. Pure but for the clock that is
 * passed in; the trainer actor and the sequential run drive the same object.
 *
 * <p>A line that need not stop for evaluations and checkpoints is told beforehand after which step ({@link #pass}), and trains
 * on; what follows from them is decided, and told, when they are there. A line that has to stop does so where
 * {@link Next.Steps} ends.
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
    private final Places places;
    private final RunTerms terms;
    private final WatchedLoss watched;
    private final TrainingClock clock;
    private final long begin;
    private final Deque<Next> agenda = new ArrayDeque<>();
    private final Map<String, Evaluation> evaluations = new LinkedHashMap<>();

    private long step;
    private double loss = Double.NaN;
    private EpochTally epoch = new EpochTally();
    // the scale that the last step was made with
    private double scaleOfLastStep;
    private CourseState made;
    private boolean onlyEvaluates;
    private @Nullable Reason end;
    // whether the line goes on where it is evaluated; then the last place that it was told of, while that is not over
    private final boolean goesOn;
    private long passedTo;
    private @Nullable Mark mark;
    private @Nullable Settled atMark;

    /** Of a run that is not saved. */
    public Course(RunPlan plan, TrainingListener listener, LongSupplier nanoTime) {
        this(plan, listener, nanoTime, false);
    }

    /**
     * Of a run that stops wherever it is evaluated.
     *
     * @param nanoTime the clock, in nanoseconds
     * @param isSaved whether checkpoints are written, at the end of each epoch among others
     */
    public Course(RunPlan plan, TrainingListener listener, LongSupplier nanoTime, boolean isSaved) {
        this(plan, listener, nanoTime, isSaved, false);
    }

    /**
     * Of a line of actors: a stream goes on where it is evaluated. It stops as others do at the ends of epochs where the
     * evaluation decides how the run goes on, and for a listener that wants the weights.
     *
     * @param nanoTime the clock, in nanoseconds
     * @param isSaved whether checkpoints are written, at the end of each epoch among others
     */
    public static Course ofLine(RunPlan plan, TrainingListener listener, LongSupplier nanoTime, boolean isSaved) {
        boolean goesOn = plan.order().stream().isPresent() && !plan.watching().decides() && !listener.wantsSnapshots();
        return new Course(plan, listener, nanoTime, isSaved, goesOn);
    }

    private Course(RunPlan plan, TrainingListener listener, LongSupplier nanoTime, boolean isSaved, boolean goesOn) {
        this.plan = plan;
        this.isSaved = isSaved;
        this.goesOn = goesOn;
        this.listener = listener;
        this.nanoTime = nanoTime;
        this.begin = nanoTime.getAsLong();
        TrainingSpec spec = plan.spec();
        this.order = new BatchOrder(
                plan.data().train().size(), spec.batch(), spec.microBatches(), spec.seed(), spec.shuffle());
        this.step = plan.start().step();
        this.passedTo = step;
        this.lastStep = plan.lastStep();
        this.terms = RunTerms.of(plan);
        boolean evaluates = !plan.data().evaluated().isEmpty();
        this.places = new Places(
                order.stepsPerEpoch(),
                evaluates || plan.watching().decides() || listener.wantsSnapshots() || isSaved,
                evaluates ? plan.evaluateEvery() : 0,
                lastStep);
        this.watched = new WatchedLoss(plan);
        this.clock = new TrainingClock(nanoTime);
        goOn(plan.start().progress());
    }

    private void goOn(CourseState before) {
        loss = before.loss();
        made = before;
        epoch = new EpochTally(before);
        scaleOfLastStep = watched.rateScale();
        clock.begin(step);
        boolean open = epoch.samples() > 0;
        if (open && (places.endEpoch(step) || step >= lastStep)) {
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
        return watched.state(loss, epoch, terms);
    }

    /**
     * The same right after the step made last, before anything that follows from it: who goes on with this evaluates and saves, at
     * the end of an epoch, as if that had not been done.
     */
    public CourseState made() {
        return made;
    }

    /** What the learning rate of all steps until the next evaluation is multiplied by. */
    public double rateScale() {
        return watched.rateScale();
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
        scaleOfLastStep = watched.rateScale();
        loss = stepLoss;
        clock.made(rows);
        epoch.add(rows, ofBatch, norms);
        made = progress();
        tellStep(stepLoss, norms);
        Mark passed = mark;
        if (passed != null && step == passed.step()) {
            reach(passed);
        } else if (step == limit()) {
            // the line waits, at least until it is told to go on
            epoch.addTime(clock.stop());
        } else if (places.endEpoch(step)) {
            // nothing to evaluate or to save: the line need not stop for it
            epoch.addTime(clock.lap());
            closeEpoch(epoch, step, rateOfLastStep());
        }
        stopWhereDone();
    }

    /** Ends the part that the line was asked for, when all of its steps are made and all evaluations within are over. */
    private void stopWhereDone() {
        if (mark == null && agenda.getFirst() instanceof Next.Steps(long until) && step == until) {
            agenda.removeFirst();
            partDone();
        }
    }

    private void tellStep(double stepLoss, List<Double> norms) {
        listener.onEvent(new TrainingEvent.Step(
                step, order.stepsPerEpoch(), stepLoss, rateOfLastStep(), clock.stretch(), norms));
    }

    /** The learning rate of the batch made last; where steps are no batches, of the step that its first one went into. */
    private double rateOfLastStep() {
        return plan.spec().policy().rate(plan.order().optimizerSteps(Math.max(0, step - 1))) * scaleOfLastStep;
    }

    /**
     * Up to where steps may be allowed now: to the end of what {@link #next} asks for, or to the next place that the line is to
     * be told of first.
     */
    public long limit() {
        long until = next() instanceof Next.Steps(long end) ? end : step;
        return goesOn ? Math.min(until, places.after(passedTo)) : until;
    }

    /** Whether the line, which is allowed the steps up to {@link #limit}, may be told to go on beyond by {@link #pass}. */
    public boolean mayPass() {
        return goesOn && mark == null && next() instanceof Next.Steps(long until) && limit() < until;
    }

    /** Whether the line was told of a place that is not over: its step is not made, or its evaluations are not there. */
    public boolean isPassing() {
        return mark != null;
    }

    /**
     * What the line is to do beside the training.
     *
     * @param step of whose weights
     * @param sets to be evaluated, in this order
     * @param saves whether a checkpoint is to be made
     */
    public record Pass(long step, List<String> sets, boolean saves) {}

    /** The line goes on beyond {@link #limit}, and is told what this says before any step beyond is allowed. */
    public Pass pass() {
        if (!mayPass()) {
            throw new IllegalStateException("step " + limit() + " (expected: one that the line may pass)");
        }
        passedTo = limit();
        List<String> sets = List.copyOf(plan.data().evaluated().keySet());
        Mark passed = new Mark(passedTo, sets);
        mark = passed;
        if (step == passedTo) {
            clock.begin(step);
            reach(passed);
        }
        return new Pass(passedTo, sets, isSaved && places.endEpoch(passedTo));
    }

    private void reach(Mark passed) {
        boolean ends = places.endEpoch(step);
        epoch.addTime(clock.lap());
        passed.reach(new Mark.Reached(loss, rateOfLastStep(), ends ? epoch : null));
        epoch = ends ? new EpochTally() : epoch;
        settle(passed);
    }

    private void settle(Mark passed) {
        if (!passed.isOver()) {
            return;
        }
        mark = null;
        evaluations.putAll(passed.evaluations());
        Mark.Reached known = passed.reached();
        EpochTally ended = known.epoch();
        if (ended == null) {
            tellEvaluated(passed.step());
        } else {
            closeEpoch(ended, passed.step(), known.rate());
            boolean improved = watched.epochOver(passed.step(), true, ended.loss(), evaluations());
            CourseState then = watched.state(known.loss(), new EpochTally(), terms);
            atMark = new Settled(passed.step(), then, evaluations(), improved);
        }
    }

    /** What is known of the last end of an epoch that the line has passed, evaluated; empty where it has passed none. */
    public Optional<Settled> atMark() {
        return Optional.ofNullable(atMark);
    }

    /** What is known of the step made last; empty while evaluations of an earlier one are not there. */
    public Optional<Settled> here() {
        if (mark != null && mark.isReached()) {
            return Optional.empty();
        }
        boolean improved = next() instanceof Next.Save(boolean best) && best;
        return Optional.of(new Settled(step, progress(), evaluations(), improved));
    }

    /** The evaluation asked for. */
    public void evaluated(Evaluation evaluation) {
        if (mark != null) {
            mark.add(evaluation);
            settle(mark);
            stopWhereDone();
            return;
        }
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
        if (improved) {
            watched.keep(snapshot);
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
            agenda.add(new Next.Steps(until));
            stopWhereDone();
        }
    }

    private void partDone() {
        epoch.addTime(clock.stop());
        if (end == Reason.INTERRUPTED) {
            saveThenFinish(false);
            return;
        }
        plan.data().evaluated().forEach((name, data) -> agenda.add(new Next.Evaluate(name, data)));
        if (agenda.isEmpty()) {
            epochDone();
        }
    }

    private void allEvaluated() {
        if (places.endEpoch(step) || step == lastStep) {
            epochDone();
        } else {
            tellEvaluated(step);
            trainOrFinish();
        }
    }

    private void tellEvaluated(long at) {
        listener.onEvent(new TrainingEvent.EvaluationDone(at, evaluations()));
    }

    private void epochDone() {
        double loss = epoch.loss();
        closeEpoch(epoch, step, rateOfLastStep());
        boolean improved = watched.epochOver(step, places.endEpoch(step), loss, evaluations());
        if (watched.endsRun() && step < lastStep && end == null) {
            end = Reason.STOPPED_EARLY;
        }
        saveThenFinish(improved);
    }

    private void closeEpoch(EpochTally ended, long at, double rate) {
        listener.onEvent(new TrainingEvent.EpochEnd(
                places.epochOf(at), at, ended.loss(), rate, evaluations(), ended.samplesPerSecond(), ended.norms()));
        ended.told();
        if (ended == epoch && places.endEpoch(at)) {
            epoch = new EpochTally();
        }
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
        clock.begin(step);
        agenda.add(new Next.Steps(goesOn ? lastStep : places.after(step)));
    }

    /** Time of the training alone: neither evaluations nor snapshots. */
    public double trainedSeconds() {
        return clock.seconds();
    }

    /** Optimizer steps made. */
    public long step() {
        return step;
    }

    /** What the run came to; with the weights of its best epoch, where it takes them back. */
    public RunResult result(Reason reason, Snapshot lastState, PipelineFigures pipeline) {
        Optional<BestEpoch> back = watched.takenBack(reason, lastState);
        Snapshot finalState = back.map(found -> new Snapshot(found.step(), found.weights(), List.of()))
                .orElse(lastState);
        Map<String, Evaluation> found = back.map(watched::evaluationsOf).orElse(evaluations);
        return new RunResult(
                reason,
                step,
                loss,
                Map.copyOf(found),
                clock.samplesPerSecond(),
                (nanoTime.getAsLong() - begin) / 1e9,
                finalState,
                pipeline);
    }
}
