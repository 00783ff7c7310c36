package millrace.app.sweep;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import millrace.app.output.csv.CsvRow;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.nn.infer.Evaluation;

/**
 * Trials for people and for programs.
 *
 * @param keys the settings that differ
 * @param objective what trials are compared by
 */
public record SweepReport(List<String> keys, Objective objective) {
    static final List<String> SETS = List.of("validation", "test");

    /** Trials with the best first; equal ones, and those without a value, in their order. */
    public List<Trial> ranked(List<Trial> trials) {
        return trials.stream()
                .sorted(Comparator.comparingInt((Trial trial) -> trial.status() == Trial.Status.DONE ? 0 : 1)
                        .thenComparingDouble(trial -> objective.cost(trial.objective()))
                        .thenComparingInt(Trial::number))
                .toList();
    }

    /** What a setting is called where there is little room: {@code lr} for {@code training.optimizer.lr}. */
    static String lastPart(String key) {
        return key.substring(key.lastIndexOf('.') + 1);
    }

    /** The best first, a row each. */
    public Table table(List<Trial> trials) {
        List<Object> header = new ArrayList<>(List.of("trial"));
        header.addAll(keys.stream().map(SweepReport::lastPart).toList());
        header.addAll(List.of("epochs", "loss", objective.word(), "s", "status"));
        Table table = new Table().row(header.toArray());
        for (Trial trial : ranked(trials)) {
            List<Object> row = new ArrayList<>(List.of(trial.number()));
            row.addAll(trial.settings().values());
            row.add(trial.epochs());
            row.add(number("%.4f", trial.loss()));
            row.add(number(objective.accuracy() ? "%.4f" : "%.5f", trial.objective()));
            row.add(number("%.1f", trial.seconds()));
            row.add(trial.word());
            table.row(row.toArray());
        }
        return table;
    }

    private static String number(String format, double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "-";
    }

    /** What is said of a trial as soon as it has been trained. */
    public String line(Trial trial, int trials) {
        String settings = trial.settings().entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue())
                .collect(Collectors.joining(" "));
        String figures = trial.message().isEmpty()
                ? String.format(
                        Locale.ROOT,
                        "%d epoch%s, loss %s, %s %s",
                        trial.epochs(),
                        trial.epochs() == 1 ? "" : "s",
                        number("%.4f", trial.loss()),
                        objective.word(),
                        number("%.4f", trial.objective()))
                : trial.word() + ": " + trial.message();
        return "trial " + trial.number() + " of " + trials + ": " + settings + ": " + figures;
    }

    /** A trial as an event. */
    public JsonLine json(String event, Trial trial) {
        JsonLine line = JsonLine.event(event)
                .put("trial", trial.number())
                .put("settings", trial.settings())
                .put("status", trial.word())
                .put("epochs", trial.epochs())
                .put("steps", trial.steps())
                .put("loss", trial.loss());
        for (String set : SETS) {
            Evaluation evaluation = trial.evaluations().get(set);
            if (evaluation != null) {
                line.put(set + "_loss", evaluation.loss());
                if (evaluation.isClassification()) {
                    line.put(set + "_accuracy", evaluation.accuracy());
                }
            }
        }
        line.put("objective", trial.objective()).put("wall_s", trial.seconds()).put("run", trial.run());
        return trial.message().isEmpty() ? line : line.put("message", trial.message());
    }

    /** All trials in their order, as CSV with a header; a number that there is not is an empty cell. */
    public String csv(List<Trial> trials) {
        List<String> header = new ArrayList<>(List.of("trial"));
        header.addAll(keys);
        header.addAll(List.of("status", "epochs", "steps", "loss"));
        for (String set : SETS) {
            header.addAll(List.of(set + "_loss", set + "_accuracy"));
        }
        header.addAll(List.of("objective", "seconds", "run", "message"));
        StringBuilder text = new StringBuilder(CsvRow.of(header));
        for (Trial trial : trials) {
            List<String> cells = new ArrayList<>(List.of(Integer.toString(trial.number())));
            cells.addAll(trial.settings().values());
            cells.addAll(List.of(
                    trial.word(), Integer.toString(trial.epochs()), Long.toString(trial.steps()), cell(trial.loss())));
            for (String set : SETS) {
                cells.addAll(cells(trial.evaluations(), set));
            }
            cells.addAll(List.of(cell(trial.objective()), cell(trial.seconds()), trial.run(), trial.message()));
            text.append(CsvRow.of(cells));
        }
        return text.toString();
    }

    private static List<String> cells(Map<String, Evaluation> evaluations, String set) {
        Evaluation evaluation = evaluations.get(set);
        return evaluation == null
                ? List.of("", "")
                : List.of(cell(evaluation.loss()), evaluation.isClassification() ? cell(evaluation.accuracy()) : "");
    }

    private static String cell(double value) {
        return Double.isFinite(value) ? Double.toString(value) : "";
    }
}
