package millrace.app.sweep;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.IntSummaryStatistics;
import java.util.List;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.app.study.Spread;
import millrace.nn.infer.Evaluation;

/**
 * Settings by the means over their seeds, for people and for programs.
 *
 * @param keys the settings that differ, without the seed
 * @param objective what they are compared by
 */
public record RepeatsReport(List<String> keys, Objective objective) {
    /** Of a report of trials, whose keys may have the seed. */
    public static RepeatsReport of(SweepReport trials) {
        return new RepeatsReport(
                trials.keys().stream().filter(key -> !key.equals(Seeds.KEY)).toList(), trials.objective());
    }

    /** The best mean first; behind them those of which some seeds have failed, and last those without a value. */
    public List<Repeats> ranked(List<Trial> trials) {
        return Seeds.groups(trials).stream()
                .sorted(Comparator.comparing(Repeats::isIncomplete)
                        .thenComparingDouble(
                                repeats -> objective.cost(repeats.objective().mean())))
                .toList();
    }

    /** A row for each settings, the best first, and below what the numbers are. */
    public String table(List<Trial> trials) {
        List<Object> header =
                new ArrayList<>(keys.stream().map(SweepReport::lastPart).toList());
        header.addAll(List.of("n", "loss", objective.word()));
        Table table = new Table().row(header.toArray());
        for (Repeats repeats : ranked(trials)) {
            List<Object> row = new ArrayList<>(repeats.settings().values());
            row.add(
                    repeats.isIncomplete()
                            ? repeats.done().size() + " of " + repeats.trials().size()
                            : repeats.done().size());
            row.add(repeats.loss().words("%.4f"));
            row.add(words(repeats));
            table.row(row.toArray());
        }
        return table + System.lineSeparator() + caption(trials);
    }

    /** The objective of settings, as in {@code 0.9582 +- 0.0021}. */
    public String words(Repeats repeats) {
        return repeats.objective().words(objective.accuracy() ? "%.4f" : "%.5f");
    }

    /** What means and spreads are of. */
    public String caption(List<Trial> trials) {
        IntSummaryStatistics done = Seeds.groups(trials).stream()
                .mapToInt(repeats -> repeats.done().size())
                .filter(n -> n > 0)
                .summaryStatistics();
        return Spread.caption(done, "seeds");
    }

    /** Settings as an event: means, and standard deviations under the same names with {@code _sd}. */
    public JsonLine json(Repeats repeats) {
        JsonLine line = JsonLine.event("mean")
                .put("settings", repeats.settings())
                .put("n", repeats.done().size())
                .put("trials", repeats.trials().stream().map(Trial::number).toList());
        put(line, "loss", repeats.loss());
        for (String set : SweepReport.SETS) {
            Spread loss = repeats.evaluated(set, Evaluation::loss);
            if (loss.n() > 0) {
                put(line, set + "_loss", loss);
                Spread accuracy = repeats.evaluated(set, Evaluation::accuracy);
                if (Double.isFinite(accuracy.mean())) {
                    put(line, set + "_accuracy", accuracy);
                }
            }
        }
        put(line, "objective", repeats.objective());
        return line.put("by", objective.word());
    }

    private static void put(JsonLine line, String key, Spread spread) {
        line.put(key, spread.mean()).put(key + "_sd", spread.deviation());
    }
}
