package millrace.app.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import millrace.app.sweep.Trial.Status;
import org.junit.jupiter.api.Test;

class SweepReportTest {
    private static final SweepReport BY_LOSS = new SweepReport(List.of("a.lr"), new Objective("training", false));

    private static Trial trial(int number, double objective, Status status) {
        return new Trial(
                number,
                new LinkedHashMap<>(Map.of("a.lr", "0." + number)),
                status,
                2,
                8,
                objective,
                Map.of(),
                objective,
                0.5,
                "runs/" + number,
                "");
    }

    private static List<Integer> ranked(SweepReport report, Trial... trials) {
        return report.ranked(List.of(trials)).stream().map(Trial::number).toList();
    }

    @Test
    void theBestThatCameToTheEndIsFirstAndTheFirstOfEqualOnes() {
        Trial diverged = trial(1, Double.NaN, Status.DIVERGED);
        Trial dropped = trial(2, 0.1, Status.DROPPED);
        Trial worse = trial(3, 0.7, Status.DONE);
        Trial better = trial(4, 0.5, Status.DONE);
        Trial equal = trial(5, 0.5, Status.DONE);

        assertThat(ranked(BY_LOSS, diverged, dropped, worse, better, equal)).containsExactly(4, 5, 3, 2, 1);
        assertThat(ranked(
                        new SweepReport(List.of("a.lr"), new Objective("test", true)),
                        diverged,
                        dropped,
                        worse,
                        better,
                        equal))
                .containsExactly(3, 4, 5, 2, 1);
    }

    @Test
    void theTableHasTheKeysLastWordsAndMarksWhatThereIsNot() {
        assertThat(BY_LOSS.table(List.of(trial(1, 0.25, Status.DONE), trial(2, Double.NaN, Status.DIVERGED)))
                        .toString())
                .isEqualToNormalizingNewlines("""
                        trial   lr  epochs    loss  training-loss    s    status
                        1      0.1       2  0.2500        0.25000  0.5      done
                        2      0.2       2       -              -  0.5  diverged""");
    }

    @Test
    void cellsOfTheCsvAreQuotedWhereTheyMustBe() {
        Trial odd = Trial.waiting(1, new LinkedHashMap<>(Map.of("a.lr", "[\"x\", 2]")))
                .ended(Status.REFUSED, "no, \"never\"");

        assertThat(BY_LOSS.csv(List.of(odd, trial(2, 0.5, Status.DONE))).lines())
                .containsExactly(
                        "trial,a.lr,status,epochs,steps,loss,validation_loss,validation_accuracy,test_loss,"
                                + "test_accuracy,objective,seconds,run,message",
                        "1,\"[\"\"x\"\", 2]\",refused,0,0,,,,,,,0.0,,\"no, \"\"never\"\"\"",
                        "2,0.2,done,2,8,0.5,,,,,0.5,0.5,runs/2,");
    }

    @Test
    void aTrialIsTheSameEventForScripts() {
        assertThat(BY_LOSS.json("trial", trial(1, 0.25, Status.DONE)))
                .hasToString(
                        "{\"event\":\"trial\",\"trial\":1,\"settings\":{\"a.lr\":\"0.1\"},\"status\":\"done\","
                                + "\"epochs\":2,\"steps\":8,\"loss\":0.25,\"objective\":0.25,\"wall_s\":0.5,\"run\":\"runs/1\"}");
    }
}
