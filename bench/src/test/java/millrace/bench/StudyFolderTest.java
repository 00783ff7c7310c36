package millrace.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import millrace.bench.StudyWorkload.Sizes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyFolderTest {
    private static final StudyWorkload WORKLOAD = StudyWorkload.named("mnist-4");
    private static final Rate RATE = Rate.of("3e-4");

    @TempDir
    private Path temporary = Path.of("");

    @Test
    void ratesThatWereTriedAreReadAgain() throws IOException {
        StudyFolder folder = new StudyFolder(temporary.resolve("new"));
        assertThat(folder.tried(WORKLOAD, StudyMethod.LIVE)).isEmpty();
        folder.add(new GridRow("mnist-4", StudyMethod.LIVE, RATE, 1, 0.9125));
        folder.add(new GridRow("mnist-4", StudyMethod.LIVE, RATE.higher(), 1, Double.NaN));
        folder.add(new GridRow("mnist-4", StudyMethod.FLUSH, RATE, 1, 0.5));
        folder.add(new GridRow("mnist-8", StudyMethod.LIVE, RATE.lower(), 1, 0.5));
        assertThat(new StudyFolder(temporary.resolve("new")).tried(WORKLOAD, StudyMethod.LIVE))
                .isEqualTo(Map.of(RATE, 0.9125, RATE.higher(), Double.NaN));
        assertThat(Files.readAllLines(temporary.resolve("new/grid.csv")))
                .startsWith(GridRow.HEADER, "mnist-4,live,3e-4,1,0.91250", "mnist-4,live,1e-3,1,diverged");
    }

    @Test
    void pointsOfRunsAreReadAgain() {
        StudyFolder folder = new StudyFolder(temporary);
        RunRow good = new RunRow("mnist-4", StudyMethod.FEW_STEPS, RATE, 2, 10, 640, 1.25, 0.75, 0.5);
        RunRow bad = new RunRow("mnist-4", StudyMethod.LIVE, RATE, 2, 3, 192, 0.5, Double.NaN, Double.NaN);
        folder.add(List.of(good, bad));
        folder.add(List.of(new RunRow("deep-4", StudyMethod.FLUSH, RATE, 1, 1, 256, 1, 0.1, 2.3)));
        assertThat(new StudyFolder(temporary).runs(WORKLOAD)).containsExactly(good, bad);
    }

    @Test
    void runsOfAnotherSizeAreRefused() {
        StudyFolder folder = new StudyFolder(temporary);
        folder.requireSizes(WORKLOAD);
        folder.requireSizes(WORKLOAD);
        folder.requireSizes(StudyWorkload.named("deep-4"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> folder.requireSizes(WORKLOAD.with(new Sizes(1, 2, 3, 0.1, 4))))
                .withMessage("sizes of mnist-4: 1,2,3,0.1,4 (expected: 1876,1876,134,0.1,10000, as in "
                        + temporary.resolve("sizes.csv") + "); give the same options or another folder");
    }

    @Test
    void aForeignFileIsRefused() throws IOException {
        Files.writeString(temporary.resolve("grid.csv"), "name,age\n");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StudyFolder(temporary).tried(WORKLOAD, StudyMethod.LIVE))
                .withMessageContaining("grid.csv (expected: first line " + GridRow.HEADER);
    }
}
