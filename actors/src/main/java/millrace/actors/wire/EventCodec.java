package millrace.actors.wire;

import java.io.NotSerializableException;
import java.util.List;
import millrace.actors.cluster.ClientProtocol.Told;
import millrace.actors.event.TrainingEvent;
import millrace.proto.v1.EpochDone;
import millrace.proto.v1.EvaluatedWithin;
import millrace.proto.v1.LoggedStep;
import millrace.proto.v1.NormFigures;
import millrace.proto.v1.Placed;
import millrace.proto.v1.Progress;
import millrace.proto.v1.RunEvent;
import millrace.proto.v1.WorkerRanks;

/** What happens in a run, as a client hears it. */
final class EventCodec {
    private EventCodec() {}

    static RunEvent message(Told told) {
        RunEvent.Builder message = RunEvent.newBuilder().setRunId(told.runId());
        switch (told.event()) {
            case TrainingEvent.StepDone(long step, double loss, double rate, double speed, var norms) ->
                message.setStep(LoggedStep.newBuilder()
                        .setStep(step)
                        .setLoss(loss)
                        .setLearningRate(rate)
                        .setSamplesPerSecond(speed)
                        .addAllGradientNorms(norms));
            case TrainingEvent.EpochDone done ->
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
            case TrainingEvent.Evaluated(long step, var evaluations) ->
                message.setEvaluated(
                        EvaluatedWithin.newBuilder().setStep(step).putAllEvaluations(Figures.messages(evaluations)));
            case TrainingEvent.Progress(int epoch, long stepInEpoch, long stepsPerEpoch, double loss) ->
                message.setProgress(Progress.newBuilder()
                        .setEpoch(epoch)
                        .setStepInEpoch(stepInEpoch)
                        .setStepsPerEpoch(stepsPerEpoch)
                        .setLoss(loss));
            case TrainingEvent.Placed placed -> message.setPlaced(of(placed));
            case TrainingEvent.Recovering(String reason) -> message.setRecovering(reason);
            case TrainingEvent.Noticed(String text) -> message.setNotice(text);
        }
        return message.build();
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
                LoggedStep step = message.getStep();
                yield new TrainingEvent.StepDone(
                        step.getStep(),
                        step.getLoss(),
                        step.getLearningRate(),
                        step.getSamplesPerSecond(),
                        List.copyOf(step.getGradientNormsList()));
            }
            case EPOCH -> {
                EpochDone done = message.getEpoch();
                yield new TrainingEvent.EpochDone(
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
                new TrainingEvent.Evaluated(
                        message.getEvaluated().getStep(),
                        Figures.evaluations(message.getEvaluated().getEvaluationsMap()));
            case PROGRESS -> {
                Progress progress = message.getProgress();
                yield new TrainingEvent.Progress(
                        progress.getEpoch(),
                        progress.getStepInEpoch(),
                        progress.getStepsPerEpoch(),
                        progress.getLoss());
            }
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
