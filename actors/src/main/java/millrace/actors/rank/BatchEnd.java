package millrace.actors.rank;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.Task.EndOfBatch;
import millrace.actors.rank.Work.Outcome;
import millrace.actors.rank.Work.Send;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.stage.LossSum;
import millrace.nn.stage.StageModel;
import millrace.schedule.Placement;

/**
 * What a rank does behind the actions of a batch that is flushed, up to the step: the entries of {@link EndOfBatch} that the plan
 * asks for, one after the other. Until the last of them, the step, nothing has changed of what is saved of a stage.
 */
final class BatchEnd {
    private final Placement placement;
    private final int rank;
    private final int stages;
    private final NavigableMap<Integer, StageModel> models;
    private final ReplicaExchange replicas;
    private final TiedExchange tied;
    private final List<EndOfBatch> entries = new ArrayList<>();
    private final boolean clipsAsAWhole;
    private final boolean together;
    // which entry comes next
    private int place;
    // the sum of squares of the whole model's gradient, and batches made when its own is: it may be told before the
    // rank waits for it, because the first replica measures for all
    private double squares;
    private long measuredStep;
    // the newest, where ranks step together
    private StepWord word;

    /**
     * @param models of the rank by stage
     */
    BatchEnd(
            RunPlan plan,
            int rank,
            NavigableMap<Integer, StageModel> models,
            ReplicaExchange replicas,
            TiedExchange tied) {
        this.placement = plan.order().placement();
        this.rank = rank;
        this.stages = plan.order().stages();
        this.models = models;
        this.replicas = replicas;
        this.tied = tied;
        this.together = plan.stepsTogether();
        this.word = new StepWord(plan.start().step(), 0, plan.start().progress());
        if (tied.isNeeded()) {
            entries.add(EndOfBatch.SHARE);
            entries.add(EndOfBatch.SUM);
        }
        GradientGuard guard = plan.spec().policy().guard();
        this.clipsAsAWhole = guard.isGlobal();
        if (guard.measures()) {
            entries.add(EndOfBatch.MEASURE);
        }
        if (together) {
            entries.add(EndOfBatch.READY);
        }
        if (together || clipsAsAWhole) {
            entries.add(EndOfBatch.ADMIT);
        }
        entries.add(EndOfBatch.STEP);
    }

    /** The gradient as a whole of a batch that is not done. */
    void norm(long step, double squaresOfModel) {
        squares = squaresOfModel;
        measuredStep = step;
    }

    /** The trainer's word for a step, perhaps one that is made. */
    void word(StepWord told) {
        word = told.step() > word.step() ? told : word;
    }

    /** The newest word. */
    StepWord word() {
        return word;
    }

    /** Whether the rank steps when all can, and has done all that comes before that. */
    boolean isReady() {
        return together && place > entries.indexOf(EndOfBatch.READY);
    }

    /** Does the next entry for a batch, unless it has to wait for other ranks or for the trainer. */
    Optional<Work> work(long batch) {
        EndOfBatch task = entries.get(place);
        List<Send> sends = List.of();
        List<Outcome> outcomes = List.of();
        switch (task) {
            case SHARE -> sends = tied.share(batch);
            case SUM -> {
                if (!tied.isComplete(batch)) {
                    return Optional.empty();
                }
                tied.sum(batch);
            }
            case MEASURE -> outcomes = List.of(measured(batch));
            case READY -> outcomes = List.of(new Outcome.Ready(batch + 1, replicaOfLoss(), takenLoss(batch)));
            case ADMIT -> {
                if (measuredStep != batch + 1) {
                    return Optional.empty();
                }
                if (clipsAsAWhole) {
                    models.values().forEach(model -> model.optimizer().admit(squares));
                }
            }
            case STEP -> outcomes = List.of(step(batch));
            case REPORT -> throw new IllegalStateException("a batch without a step (expected: one, it was flushed)");
        }
        place = (place + 1) % entries.size();
        return Optional.of(new Work(batch, task, null, sends, outcomes));
    }

    private Outcome measured(long batch) {
        NavigableMap<Integer, List<Double>> measures = new TreeMap<>();
        models.forEach((stage, model) -> {
            List<Double> ofStage = model.optimizer().measure().getFirst();
            if (placement.replicaOn(rank, stage) == 0) {
                measures.put(stage, ofStage);
            }
        });
        return new Outcome.Measured(batch + 1, measures);
    }

    private Outcome step(long batch) {
        models.values().forEach(model -> model.optimizer().step());
        replicas.close(batch);
        // who was ready has told the loss
        return together
                ? new Outcome.BatchDone(batch + 1, OptionalInt.empty(), LossSum.NONE)
                : new Outcome.BatchDone(batch + 1, replicaOfLoss(), takenLoss(batch));
    }

    /** The replica of which the rank knows the loss of a batch. */
    private OptionalInt replicaOfLoss() {
        int last = stages - 1;
        return models.containsKey(last) ? OptionalInt.of(placement.replicaOn(rank, last)) : OptionalInt.empty();
    }

    private LossSum takenLoss(long batch) {
        LossSum loss = LossSum.NONE;
        for (StageModel model : models.values()) {
            loss = loss.plus(model.compute().takeLossSum(batch));
        }
        return loss;
    }

    /** What the rank waits for, if its next entry cannot be done. */
    String waitsFor(long batch) {
        if (entries.get(place) == EndOfBatch.SUM) {
            return Waiting.forGradientShare(rank, batch);
        }
        return together ? Waiting.forWord(rank, batch) : Waiting.forNorm(rank, batch);
    }
}
