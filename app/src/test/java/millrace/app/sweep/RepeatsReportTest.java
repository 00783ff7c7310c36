package millrace.app.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import millrace.app.picture.Picture;
import millrace.app.sweep.Trial.Status;
import org.junit.jupiter.api.Test;

class RepeatsReportTest {
    private static final SweepReport BY_LOSS =
            new SweepReport(List.of("a.lr", Seeds.KEY), new Objective("training", false));
    private static final RepeatsReport MEANS = RepeatsReport.of(BY_LOSS);
    /** The rate of trial 3 is the luckiest seed's, in the mean it is worse. */
    private static final List<Trial> TRIALS =
            List.of(trial(1, "0.1", 0.5), trial(2, "0.1", 0.6), trial(3, "0.2", 0.4), trial(4, "0.2", 1.4));

    private static SequencedMap<String, String> settings(String rate, int seed) {
        SequencedMap<String, String> settings = new LinkedHashMap<>();
        settings.put("a.lr", rate);
        settings.put(Seeds.KEY, Integer.toString(seed));
        return settings;
    }

    private static Trial trial(int number, String rate, double loss) {
        Status status = Double.isNaN(loss) ? Status.DIVERGED : Status.DONE;
        return new Trial(number, settings(rate, number), status, 2, 8, loss, Map.of(), loss, 0.5, "runs/" + number, "");
    }

    @Test
    void settingsAreComparedByTheirMeans() {
        assertThat(MEANS.table(TRIALS)).isEqualToNormalizingNewlines("""
                        lr   n              loss       training-loss
                        0.1  2  0.5500 +- 0.0707  0.55000 +- 0.07071
                        0.2  2  0.9000 +- 0.7071  0.90000 +- 0.70711
                        mean +- standard deviation, n = 2 seeds""");
    }

    @Test
    void aMeanThatLeavesOutSeedsWhichFailedComesLater() {
        List<Trial> trials = List.of(trial(1, "0.1", 0.1), trial(2, "0.1", Double.NaN), trial(3, "0.2", 0.4));

        assertThat(MEANS.ranked(trials).getFirst().settings()).containsValue("0.2");
        assertThat(MEANS.table(trials)).contains("0.1  1 of 2  0.1000");
    }

    @Test
    void aSeedThatWasDrawnTwiceCountsOnce() {
        Trial again = trial(1, "0.1", 0.5);

        assertThat(MEANS.ranked(List.of(again, again, trial(2, "0.1", 0.7)))
                        .getFirst()
                        .objective()
                        .n())
                .isEqualTo(2);
    }

    @Test
    void scriptsGetTheSameNumbers() {
        assertThat(MEANS.json(MEANS.ranked(TRIALS).getFirst()))
                .hasToString("{\"event\":\"mean\",\"settings\":{\"a.lr\":\"0.1\"},\"n\":2,\"trials\":[1,2],"
                        + "\"loss\":0.55,\"loss_sd\":0.07071067811865474,\"objective\":0.55,"
                        + "\"objective_sd\":0.07071067811865474,\"by\":\"training-loss\"}");
    }

    @Test
    void theChartHasABarForEachSpread() {
        String svg = SettingsChart.of("sweep", TRIALS, BY_LOSS).orElseThrow().svg();

        assertThat(svg).contains(">0.1<", ">0.2<", ">a.lr<", "mean +- standard deviation, n = 2 seeds");
        // of each bar: upright, and two caps; beside them the line and its legend
        assertThat(svg.split("<line [^>]*stroke-width=\"1.4\"", -1)).hasSize(1 + 2 * 3);
    }

    @Test
    void theChartIsOverNamesWhereTheyAreNoNumbers() {
        Trial sgd = Trial.waiting(1, new LinkedHashMap<>(Map.of("a.name", "sgd")));
        Trial adam = Trial.waiting(2, new LinkedHashMap<>(Map.of("a.name", "adam")));
        SweepReport report = new SweepReport(List.of("a.name"), new Objective("training", false));

        assertThat(SettingsChart.of("sweep", List.of(sgd, adam), report)).isEmpty();
        Picture chart = SettingsChart.of("sweep", List.of(done(sgd), done(adam)), report)
                .orElseThrow();
        assertThat(chart.svg()).contains(">sgd<", ">adam<").doesNotContain("standard deviation");
    }

    private static Trial done(Trial trial) {
        return new Trial(
                trial.number(), trial.settings(), Status.DONE, 1, 1, 0.5, Map.of(), 0.5, 0.1, "runs/" + trial, "");
    }

    @Test
    void seedsFollowEachOther() {
        List<SequencedMap<String, String>> one = List.of(new LinkedHashMap<>(Map.of("a.lr", "0.1")));

        assertThat(Seeds.repeated(one, 3, 7))
                .extracting(settings -> settings.get(Seeds.KEY))
                .containsExactly("7", "8", "9");
        assertThat(Seeds.repeated(one, 1, 7)).isEqualTo(one);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Seeds.repeated(List.of(settings("0.1", 1)), 2, 1))
                .withMessageStartingWith("--repeats: 2 beside --grid training.seed (expected: one of them)");
    }
}
