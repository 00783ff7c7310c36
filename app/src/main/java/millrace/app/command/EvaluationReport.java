package millrace.app.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import millrace.actors.checkpoint.Checkpoint;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.nn.infer.ClassScores;
import millrace.nn.infer.Evaluation;
import millrace.nn.infer.RegressionScores;
import millrace.nn.infer.Scores;
import millrace.nn.infer.TargetScores;

/**
 * What {@code evaluate} says.
 *
 * @param set name of what was evaluated
 * @param outputs names of the classes by label, or of a regression's targets
 * @param isProbability whether the values of a regression are probabilities, by binary cross-entropy
 */
record EvaluationReport(Checkpoint checkpoint, String set, Scores scores, List<String> outputs, boolean isProbability) {
    // a matrix of more columns is wider than any terminal
    private static final int MOST_SHOWN = 30;

    /** One line for scripts. */
    JsonLine json() {
        Evaluation evaluation = scores.evaluation();
        JsonLine line = JsonLine.event("evaluation")
                .put("checkpoint", checkpoint.path().toString())
                .put("step", checkpoint.step())
                .put("set", set)
                .put("samples", evaluation.samples())
                .put("loss", evaluation.loss());
        if (evaluation.isClassification()) {
            line.put("accuracy", evaluation.accuracy())
                    .put("classes", outputs)
                    .put("confusion", evaluation.confusion())
                    .put("precision", each(ClassScores::precision))
                    .put("recall", each(ClassScores::recall))
                    .put("f1", each(ClassScores::f1));
            averages(line, "macro", evaluation.macroScores());
            averages(line, "weighted", evaluation.weightedScores());
            scores.topFive().ifPresent(share -> line.put("top5", share));
            scores.auc().ifPresent(area -> line.put("auc", area));
        }
        regression().ifPresent(found -> regression(line, found));
        return line;
    }

    /** A mean of errors in several units is no figure of anything. */
    private void regression(JsonLine line, RegressionScores found) {
        line.put("r2", found.r2());
        if (found.targets().size() == 1) {
            line.put("mae", found.mae()).put("rmse", found.rmse());
        } else {
            line.put("targets", outputs)
                    .put("target_r2", each(found, TargetScores::r2))
                    .put("target_mae", each(found, TargetScores::mae))
                    .put("target_rmse", each(found, TargetScores::rmse));
        }
    }

    private static List<Double> each(RegressionScores found, ToDoubleFunction<TargetScores> score) {
        return found.targets().stream().map(score::applyAsDouble).toList();
    }

    /** Of values; probabilities of binary cross-entropy are none, the network's outputs being their logits. */
    private Optional<RegressionScores> regression() {
        return isProbability ? Optional.empty() : scores.regression();
    }

    private static void averages(JsonLine line, String kind, ClassScores average) {
        line.put(kind + "_precision", average.precision())
                .put(kind + "_recall", average.recall())
                .put(kind + "_f1", average.f1());
    }

    private List<Double> each(ToDoubleFunction<ClassScores> score) {
        return scores.evaluation().classScores().stream()
                .map(score::applyAsDouble)
                .toList();
    }

    /** Lines for people. */
    String text() {
        Evaluation evaluation = scores.evaluation();
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s, step %d, on %,d samples of %s: loss %.4f",
                checkpoint.path(),
                checkpoint.step(),
                evaluation.samples(),
                set,
                evaluation.loss()));
        if (evaluation.isClassification()) {
            text.append(String.format(Locale.ROOT, ", accuracy %.2f %%", 100 * evaluation.accuracy()));
            scores.topFive()
                    .ifPresent(share ->
                            text.append(String.format(Locale.ROOT, ", among the first five %.2f %%", 100 * share)));
            scores.auc().ifPresent(area -> text.append(String.format(Locale.ROOT, ", AUC %.4f", area)));
        }
        regression().ifPresent(found -> text.append(regression(found)));
        text.append(System.lineSeparator());
        if (evaluation.isClassification()) {
            if (outputs.size() <= MOST_SHOWN) {
                text.append("confusion matrix, a row a true class, a column a predicted one:")
                        .append(System.lineSeparator())
                        .append(matrix())
                        .append(System.lineSeparator());
            }
            text.append(averages("mean over the classes", evaluation.macroScores()))
                    .append(averages("weighted by their samples", evaluation.weightedScores()));
        }
        return text.toString();
    }

    private String regression(RegressionScores found) {
        if (found.targets().size() == 1) {
            return String.format(
                    Locale.ROOT,
                    ", R2 %.4f, in the units of the data MAE %.6g, RMSE %.6g",
                    found.r2(),
                    found.mae(),
                    found.rmse());
        }
        Table table = new Table();
        table.row("", "R2", "MAE", "RMSE");
        for (int i = 0; i < outputs.size(); i++) {
            TargetScores target = found.targets().get(i);
            table.row(
                    outputs.get(i),
                    figure("%.4f", target.r2()),
                    figure("%.6g", target.mae()),
                    figure("%.6g", target.rmse()));
        }
        return String.format(Locale.ROOT, ", mean R2 %.4f%nerrors in the units of the data:%n%s", found.r2(), table);
    }

    private static String figure(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private static String averages(String what, ClassScores average) {
        return String.format(
                Locale.ROOT,
                "%s: precision %.2f %%, recall %.2f %%, F1 %.2f %%%n",
                what,
                100 * average.precision(),
                100 * average.recall(),
                100 * average.f1());
    }

    private Table matrix() {
        Table table = new Table();
        List<Object> head = new ArrayList<>();
        head.add("");
        head.addAll(outputs);
        head.addAll(List.of("precision", "recall", "F1"));
        table.row(head.toArray());
        List<ClassScores> found = scores.evaluation().classScores();
        for (int i = 0; i < outputs.size(); i++) {
            List<Long> row = scores.evaluation().confusion().get(i);
            long predicted = column(i);
            List<Object> cells = new ArrayList<>();
            cells.add(outputs.get(i));
            cells.addAll(row);
            cells.add(share(found.get(i).precision(), predicted));
            cells.add(share(found.get(i).recall(), found.get(i).support()));
            cells.add(share(found.get(i).f1(), predicted + found.get(i).support()));
            table.row(cells.toArray());
        }
        return table;
    }

    private long column(int label) {
        return scores.evaluation().confusion().stream()
                .mapToLong(row -> row.get(label))
                .sum();
    }

    /** A share of nothing is none. */
    private static String share(double share, long of) {
        return of == 0 ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }
}
