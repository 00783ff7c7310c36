package millrace.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LogSettingsTest {
    private static Map<String, String> parsed(String text) {
        return LogSettings.parse(text, Path.of("/state")).properties();
    }

    @Test
    void warningsGoToAFileUnlessSomethingElseIsSaid() {
        assertThat(LogSettings.parse(null, Path.of("/state")).properties())
                .containsOnlyKeys("millrace.log.file", "millrace.log.pid")
                .containsEntry("millrace.log.file", "/state/millrace.log");
        assertThat(parsed(""))
                .isEqualTo(LogSettings.parse(null, Path.of("/state")).properties());
    }

    @Test
    void aLevelAFileStandardErrorOrTwoOfThem() {
        assertThat(parsed("debug"))
                .containsEntry("millrace.log.level", "DEBUG")
                .containsEntry("akka.loglevel", "DEBUG");
        assertThat(parsed("WARNING"))
                .containsEntry("millrace.log.level", "WARN")
                .containsEntry("akka.loglevel", "WARNING");
        assertThat(parsed("node.log")).containsEntry("millrace.log.file", "node.log");
        assertThat(parsed("-")).containsEntry("millrace.log.to", "stderr").doesNotContainKey("millrace.log.level");
        assertThat(parsed("INFO,/tmp/x"))
                .containsEntry("millrace.log.level", "INFO")
                .containsEntry("millrace.log.file", "/tmp/x");
    }

    @Test
    void anythingElseIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parsed("VERBOSE"))
                .withMessageStartingWith(
                        "MILLRACE_LOG: VERBOSE (expected: a level, one of OFF, ERROR, WARN, INFO, DEBUG;");
    }
}
