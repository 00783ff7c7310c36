package millrace.actors.wire;

import java.io.NotSerializableException;
import java.util.List;
import millrace.actors.cluster.ClientProtocol.Happened;
import millrace.actors.event.TrainingEvent;
import millrace.proto.v1.EpochDone;
import millrace.proto.v1.EvaluatedWithin;
import millrace.proto.v1.NormFigures;
import millrace.proto.v1.Placed;
import millrace.proto.v1.RunEvent;
import millrace.proto.v1.StepMade;
import millrace.proto.v1.WorkerRanks;

/** What happens in a run, as a client hears it. */
final class EventCodec {
    private EventCodec() {}

    static RunEvent message(Happened told) {
        RunEvent.Builder message = RunEvent.newBuilder().setRunId(told.runId());
        switch (told.event()) {
            case TrainingEvent.Step step -> message.setStep(of(step));
            case TrainingEvent.EpochEnd done ->
                message.setEpoch(EpochDone.newBuilder()
                        .setEpoch(done.epoch())
                        .setStep(done.step())
                        .setLoss(done.loss())
                        .setLearningRate(done.learningRate())
                        .putAllEvaluations(Figures.messages(done.evaluations()))
                        .setSamplesPerSecond(done.samplesPerSecond())
                        .addAllGradientNorms(done.gradientNorms().stream()
                                .map(norms -> NormFigures.newBuilder()
                                        .setMean(norms.mean())
                                        .setLargest(norms.largest())
                                        .build())
                                .toList()));
            case TrainingEvent.EvaluationDone(long step, var evaluations) ->
                message.setEvaluated(
                        EvaluatedWithin.newBuilder().setStep(step).putAllEvaluations(Figures.messages(evaluations)));
            case TrainingEvent.Placed placed -> message.setPlaced(of(placed));
            case TrainingEvent.Recovering(String reason) -> message.setRecovering(reason);
            case TrainingEvent.Noticed(String text) -> message.setNotice(text);
            case TrainingEvent.Started _, TrainingEvent.Finished _ ->
                throw new IllegalArgumentException(told.event()
                        + " (expected: what happens between a run's beginning and end, those the client tells itself)");
        }
        return message.build();
    }

    private static StepMade of(TrainingEvent.Step step) {
        return StepMade.newBuilder()
                .setStep(step.step())
                .setStepsPerEpoch(step.stepsPerEpoch())
                .setLoss(step.loss())
                .setLearningRate(step.learningRate())
                .setStretchFrom(step.stretch().from())
                .setStretchSamples(step.stretch().samples())
                .setStretchNanos(step.stretch().nanos())
                .addAllGradientNorms(step.gradientNorms())
                .build();
    }

    private static Placed of(TrainingEvent.Placed placed) {
        Placed.Builder message = Placed.newBuilder()
                .setRunEpoch(placed.runEpoch())
                .setFromStep(placed.fromStep())
                .setSeconds(placed.seconds());
        placed.workers()
                .forEach(worker -> message.addWorkers(
                        WorkerRanks.newBuilder().setAddress(worker.address()).addAllRanks(worker.ranks())));
        return message.build();
    }

    static TrainingEvent event(RunEvent message) throws NotSerializableException {
        return switch (message.getEventCase()) {
            case STEP -> {
                StepMade step = message.getStep();
                yield new TrainingEvent.Step(
                        step.getStep(),
                        step.getStepsPerEpoch(),
                        step.getLoss(),
                        step.getLearningRate(),
                        new TrainingEvent.Stretch(
                                step.getStretchFrom(), step.getStretchSamples(), step.getStretchNanos()),
                        List.copyOf(step.getGradientNormsList()));
            }
            case EPOCH -> {
                EpochDone done = message.getEpoch();
                yield new TrainingEvent.EpochEnd(
                        done.getEpoch(),
                        done.getStep(),
                        done.getLoss(),
                        done.getLearningRate(),
                        Figures.evaluations(done.getEvaluationsMap()),
                        done.getSamplesPerSecond(),
                        done.getGradientNormsList().stream()
                                .map(norms -> new TrainingEvent.NormFigures(norms.getMean(), norms.getLargest()))
                                .toList());
            }
            case EVALUATED ->
                new TrainingEvent.EvaluationDone(
                        message.getEvaluated().getStep(),
                        Figures.evaluations(message.getEvaluated().getEvaluationsMap()));
            case PLACED -> {
                Placed placed = message.getPlaced();
                yield new TrainingEvent.Placed(
                        placed.getRunEpoch(),
                        placed.getFromStep(),
                        placed.getWorkersList().stream()
                                .map(worker -> new TrainingEvent.Placed.WorkerRanks(
                                        worker.getAddress(), List.copyOf(worker.getRanksList())))
                                .toList(),
                        placed.getSeconds());
            }
            case RECOVERING -> new TrainingEvent.Recovering(message.getRecovering());
            case NOTICE -> new TrainingEvent.Noticed(message.getNotice());
            case EVENT_NOT_SET -> throw Malformed.of("event", "none", "one");
        };
    }
}
