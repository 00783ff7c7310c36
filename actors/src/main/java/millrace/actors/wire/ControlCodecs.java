package millrace.actors.wire;

import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import millrace.actors.rank.EvaluationId;
import millrace.actors.rank.RankFigures;
import millrace.actors.rank.actor.RankProtocol;
import millrace.actors.rank.actor.TrainerProtocol;
import millrace.actors.trace.RankTrace;
import millrace.actors.trace.TraceWindow;
import millrace.nn.stage.LossSum;
import millrace.proto.v1.Advance;
import millrace.proto.v1.AskPosition;
import millrace.proto.v1.Cut;
import millrace.proto.v1.CutFailed;
import millrace.proto.v1.Drain;
import millrace.proto.v1.Drained;
import millrace.proto.v1.Evaluate;
import millrace.proto.v1.EvaluationFigures;
import millrace.proto.v1.GradientNorm;
import millrace.proto.v1.GradientSquares;
import millrace.proto.v1.Position;
import millrace.proto.v1.Reached;
import millrace.proto.v1.Ready;
import millrace.proto.v1.ShardsWritten;
import millrace.proto.v1.StageSquares;
import millrace.proto.v1.StepDone;
import millrace.proto.v1.StepNow;

/** What the trainer tells ranks, and what they report (control.proto). */
final class ControlCodecs {
    private ControlCodecs() {}

    static List<Codec<?>> all() {
        return List.of(
                new ProtoCodec<>(
                        "CA",
                        RankProtocol.Advance.class,
                        Advance.parser(),
                        m -> Advance.newBuilder()
                                .setUntilStep(m.untilStep())
                                .setRateScale(m.rateScale())
                                .build(),
                        m -> new RankProtocol.Advance(m.getUntilStep(), m.getRateScale())),
                new ProtoCodec<>(
                        "CG",
                        RankProtocol.GradientNorm.class,
                        GradientNorm.parser(),
                        m -> GradientNorm.newBuilder()
                                .setStep(m.step())
                                .setSquares(m.squares())
                                .build(),
                        m -> new RankProtocol.GradientNorm(m.getStep(), m.getSquares())),
                new ProtoCodec<>(
                        "CS",
                        RankProtocol.StepNow.class,
                        StepNow.parser(),
                        m -> LiveCodec.of(m.word()),
                        m -> new RankProtocol.StepNow(LiveCodec.of(m))),
                new ProtoCodec<>(
                        "RY",
                        TrainerProtocol.Ready.class,
                        Ready.parser(),
                        m -> {
                            Ready.Builder message = Ready.newBuilder()
                                    .setRank(m.rank())
                                    .setStep(m.step())
                                    .setLossSum(m.loss().sum())
                                    .setLossWeight(m.loss().weight());
                            m.replica().ifPresent(message::setReplica);
                            return message.build();
                        },
                        m -> new TrainerProtocol.Ready(
                                m.getRank(),
                                m.getStep(),
                                m.hasReplica() ? OptionalInt.of(m.getReplica()) : OptionalInt.empty(),
                                new LossSum(m.getLossSum(), m.getLossWeight()))),
                new ProtoCodec<>(
                        "CE",
                        RankProtocol.Evaluate.class,
                        Evaluate.parser(),
                        m -> Evaluate.newBuilder()
                                .setNumber(m.id().number())
                                .setSet(m.id().set())
                                .setStep(m.id().step())
                                .build(),
                        m -> new RankProtocol.Evaluate(new EvaluationId(m.getNumber(), m.getSet(), m.getStep()))),
                new ProtoCodec<>(
                        "CP",
                        RankProtocol.AskPosition.class,
                        AskPosition.parser(),
                        m -> AskPosition.newBuilder().setRound(m.round()).build(),
                        m -> new RankProtocol.AskPosition(m.getRound())),
                new ProtoCodec<>(
                        "CC",
                        RankProtocol.Cut.class,
                        Cut.parser(),
                        m -> Cut.newBuilder()
                                .setStep(m.step())
                                .setFolder(m.folder())
                                .build(),
                        m -> new RankProtocol.Cut(m.getStep(), m.getFolder())),
                new ProtoCodec<>(
                        "CX",
                        RankProtocol.Drain.class,
                        Drain.parser(),
                        m -> Drain.getDefaultInstance(),
                        m -> new RankProtocol.Drain()),
                new ProtoCodec<>(
                        "RS",
                        TrainerProtocol.StepDone.class,
                        StepDone.parser(),
                        m -> StepDone.newBuilder()
                                .setStep(m.step())
                                .setReplica(m.replica())
                                .setLossSum(m.loss().sum())
                                .setLossWeight(m.loss().weight())
                                .build(),
                        m -> new TrainerProtocol.StepDone(
                                m.getStep(), m.getReplica(), new LossSum(m.getLossSum(), m.getLossWeight()))),
                new ProtoCodec<>(
                        "RG",
                        TrainerProtocol.GradientSquares.class,
                        GradientSquares.parser(),
                        ControlCodecs::message,
                        ControlCodecs::squares),
                new ProtoCodec<>(
                        "RR",
                        TrainerProtocol.Reached.class,
                        Reached.parser(),
                        m -> Reached.newBuilder()
                                .setRank(m.rank())
                                .setStep(m.step())
                                .build(),
                        m -> new TrainerProtocol.Reached(m.getRank(), m.getStep())),
                new ProtoCodec<>(
                        "RE",
                        TrainerProtocol.Evaluated.class,
                        EvaluationFigures.parser(),
                        m -> Figures.of(m.evaluation()),
                        m -> new TrainerProtocol.Evaluated(Figures.of(m))),
                new ProtoCodec<>(
                        "RP",
                        TrainerProtocol.Position.class,
                        Position.parser(),
                        m -> Position.newBuilder()
                                .setRound(m.round())
                                .setRank(m.rank())
                                .setHandled(m.handled())
                                .setUnderWay(m.underWay())
                                .setWaitsFor(m.waitsFor())
                                .setWaitingNanos(m.pace().waitingNanos())
                                .setBusyNanos(m.pace().busyNanos())
                                .setBatches(m.pace().batches())
                                .build(),
                        m -> new TrainerProtocol.Position(
                                m.getRound(),
                                m.getRank(),
                                m.getHandled(),
                                m.getUnderWay(),
                                m.getWaitsFor(),
                                new TrainerProtocol.Pace(m.getWaitingNanos(), m.getBusyNanos(), m.getBatches()))),
                new ProtoCodec<>(
                        "RW",
                        TrainerProtocol.ShardsWritten.class,
                        ShardsWritten.parser(),
                        m -> ShardsWritten.newBuilder()
                                .setRank(m.rank())
                                .setStep(m.step())
                                .addAllFiles(m.files().stream().map(Figures::of).toList())
                                .build(),
                        m -> new TrainerProtocol.ShardsWritten(
                                m.getRank(),
                                m.getStep(),
                                m.getFilesList().stream().map(Figures::of).toList())),
                new ProtoCodec<>(
                        "RF",
                        TrainerProtocol.CutFailed.class,
                        CutFailed.parser(),
                        m -> CutFailed.newBuilder()
                                .setRank(m.rank())
                                .setStep(m.step())
                                .setReason(m.reason())
                                .build(),
                        m -> new TrainerProtocol.CutFailed(m.getRank(), m.getStep(), m.getReason())),
                new ProtoCodec<>(
                        "RD",
                        TrainerProtocol.Drained.class,
                        Drained.parser(),
                        ControlCodecs::message,
                        ControlCodecs::drained));
    }

    private static GradientSquares message(TrainerProtocol.GradientSquares measured) {
        GradientSquares.Builder message =
                GradientSquares.newBuilder().setRank(measured.rank()).setStep(measured.step());
        measured.squares()
                .forEach((stage, squares) -> message.addStages(
                        StageSquares.newBuilder().setStage(stage).addAllSquares(squares)));
        return message.build();
    }

    private static TrainerProtocol.GradientSquares squares(GradientSquares message) {
        NavigableMap<Integer, List<Double>> squares = new TreeMap<>();
        message.getStagesList().forEach(stage -> squares.put(stage.getStage(), List.copyOf(stage.getSquaresList())));
        return new TrainerProtocol.GradientSquares(message.getRank(), message.getStep(), squares);
    }

    private static Drained message(TrainerProtocol.Drained drained) {
        RankFigures figures = drained.figures();
        Drained.Builder message = Drained.newBuilder()
                .setRank(drained.rank())
                .setPeakActivations(figures.peakActivations())
                .putAllPeakBytes(figures.peakBytes())
                .putAllGatheredBytes(figures.gatheredBytes())
                .putAllAllocatedBytes(figures.allocatedBytes())
                .setDuplicates(figures.duplicates())
                .putAllSkippedSteps(figures.skippedSteps());
        figures.staleness().ifPresent(staleness -> message.setStaleness(Figures.of(staleness)));
        return message.build();
    }

    /** A trace stays on its node: clocks of different machines have nothing in common. */
    private static TrainerProtocol.Drained drained(Drained message) {
        return new TrainerProtocol.Drained(
                message.getRank(),
                new RankFigures(
                        message.getPeakActivations(),
                        new TreeMap<>(message.getPeakBytesMap()),
                        new TreeMap<>(message.getGatheredBytesMap()),
                        new TreeMap<>(message.getAllocatedBytesMap()),
                        message.getDuplicates(),
                        message.hasStaleness() ? Optional.of(Figures.of(message.getStaleness())) : Optional.empty(),
                        new TreeMap<>(message.getSkippedStepsMap())),
                new RankTrace(TraceWindow.NONE));
    }
}
