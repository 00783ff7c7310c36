package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The defining test, by the command line: with the pipeline = without the pipeline, bit for bit. */
class SameWeightsTest {
    @ParameterizedTest
    @CsvSource({"mlp-mnist, mnist, 60, 1 2", "mlp-mnist-8, random, 20, 1 3 8", "mlp-deep, random, 4, 9"})
    void weightsAreThoseOfTheSequentialRun(String preset, String set, String steps, String stageCounts) {
        List<String> run = new ArrayList<>(List.of(
                "train",
                preset,
                "--steps",
                steps,
                "--json",
                "-D",
                "checkpoint.enabled=false",
                "-D",
                "data.set=" + set));
        if (set.equals("random")) {
            run.addAll(List.of("-D", "data.random.samples=1024"));
        }
        Set<String> digests = new HashSet<>();
        digests.add(digest(run, "--sequential"));
        for (String stages : stageCounts.split(" ", -1)) {
            for (String schedule : List.of("gpipe", "1f1b")) {
                // twice: what depends on timing would differ between two runs
                digests.add(digest(run, "--stages", stages, "--schedule", schedule));
                digests.add(digest(run, "--stages", stages, "--schedule", schedule));
            }
        }
        assertThat(digests).hasSize(1);
    }

    private static String digest(List<String> run, String... more) {
        return Program.json(run, more).getLast().getString("weights_sha256");
    }
}
