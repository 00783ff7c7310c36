package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** A line in which a message is lost waits for ever, so the command says what it waits for. */
@Isolated("sets a system property")
class LostMessageTest {
    /** A user would not want to wait as short as this for a stall to be noticed. */
    @BeforeEach
    void lookForStallsOften() {
        System.setProperty("millrace.stall-check", "200ms");
        ConfigFactory.invalidateCaches();
    }

    @AfterEach
    void lookForStallsAsEverywhere() {
        System.clearProperty("millrace.stall-check");
        ConfigFactory.invalidateCaches();
    }

    @Test
    void aLostMessageEndsTheRunAndIsNamed() {
        Program program = Program.run(
                List.of("train", "digits", "--json", "-D", "checkpoint.enabled=false"),
                "--schedule",
                "async-1f1b",
                "--link",
                "drop=0.01");

        assertThat(program.status()).isEqualTo(1);
        assertThat(program.err())
                .startsWith("error: the run failed: stalled run: ")
                .contains("a message was lost")
                .hasLineCount(1);
    }
}
