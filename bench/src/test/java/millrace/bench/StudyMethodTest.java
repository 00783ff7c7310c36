package millrace.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.typesafe.config.Config;
import java.util.List;
import millrace.app.config.RunFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StudyMethodTest {
    @ParameterizedTest
    @CsvSource({
        "flush, mnist-8, 8, 8, 10",
        "async k=n-1, mnist-8, 8, 7, 11",
        "async k=n-1, deep-4, 4, 3, 26",
        "2bw, deep-4, 4, 8, 10",
        "predict, mnist-4, 4, 1, 80",
        "undelayed k=1, mnist-8, 1, 1, 80"
    })
    void decidesStagesAndHowOftenTheyStep(String word, String name, int ranks, int accumulate, int stepsOfTenBatches) {
        StudyMethod method = StudyMethod.of(word);
        StudyWorkload workload = StudyWorkload.named(name);
        Config config = RunFile.resolve(workload.preset(), List.of(), method.settings(workload));
        assertThat(config.getInt("pipeline.ranks")).isEqualTo(ranks);
        if (method == StudyMethod.FLUSH) {
            assertThat(config.hasPath("pipeline.accumulate")).isFalse();
        } else {
            assertThat(config.getInt("pipeline.accumulate")).isEqualTo(accumulate);
        }
        assertThat(method.steps(workload, 10)).isEqualTo(stepsOfTenBatches);
    }

    @Test
    void theControlIsComparedOnRequest() {
        assertThat(StudyMethod.compared()).hasSize(7).doesNotContain(StudyMethod.UNDELAYED);
    }

    @Test
    void anUnknownWordListsTheKnownOnes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StudyMethod.of("sync"))
                .withMessage(
                        "method: sync (expected: one of flush, async k=n-1, async k=1, 2bw, live, predict, nesterov,"
                                + " undelayed k=1)");
    }
}
