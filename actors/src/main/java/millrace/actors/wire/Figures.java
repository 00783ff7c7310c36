package millrace.actors.wire;

import java.util.LinkedHashMap;
import java.util.Map;
import millrace.actors.trace.Staleness;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.nn.infer.Evaluation;
import millrace.proto.v1.CheckpointFile;
import millrace.proto.v1.ConfusionRow;
import millrace.proto.v1.EvaluationFigures;
import millrace.proto.v1.StalenessFigures;

/** What several messages have in them. */
final class Figures {
    private Figures() {}

    static EvaluationFigures of(Evaluation evaluation) {
        EvaluationFigures.Builder message =
                EvaluationFigures.newBuilder().setSamples(evaluation.samples()).setLoss(evaluation.loss());
        evaluation
                .confusion()
                .forEach(row -> message.addConfusion(ConfusionRow.newBuilder().addAllPredicted(row)));
        return message.build();
    }

    static Evaluation of(EvaluationFigures message) {
        return new Evaluation(
                message.getSamples(),
                message.getLoss(),
                message.getConfusionList().stream()
                        .map(ConfusionRow::getPredictedList)
                        .toList());
    }

    static Map<String, EvaluationFigures> messages(Map<String, Evaluation> evaluations) {
        Map<String, EvaluationFigures> messages = new LinkedHashMap<>();
        evaluations.forEach((set, evaluation) -> messages.put(set, of(evaluation)));
        return messages;
    }

    static Map<String, Evaluation> evaluations(Map<String, EvaluationFigures> messages) {
        Map<String, Evaluation> evaluations = new LinkedHashMap<>();
        messages.forEach((set, message) -> evaluations.put(set, of(message)));
        return evaluations;
    }

    static StalenessFigures of(Staleness staleness) {
        return StalenessFigures.newBuilder()
                .setStage(staleness.stage())
                .putAllForwards(staleness.histogram())
                .putAllBackwards(staleness.backwards())
                .setMostVersions(staleness.mostVersions())
                .setEvaluationVersions(staleness.evaluationVersions())
                .build();
    }

    static Staleness of(StalenessFigures message) {
        return Staleness.of(
                message.getStage(),
                message.getForwardsMap(),
                message.getBackwardsMap(),
                message.getMostVersions(),
                message.getEvaluationVersions());
    }

    static CheckpointFile of(FileEntry file) {
        return CheckpointFile.newBuilder()
                .setName(file.name())
                .setBytes(file.bytes())
                .setSha256(file.sha256())
                .addAllHolders(file.holders())
                .build();
    }

    static FileEntry of(CheckpointFile message) {
        return new FileEntry(message.getName(), message.getBytes(), message.getSha256(), message.getHoldersList());
    }
}
