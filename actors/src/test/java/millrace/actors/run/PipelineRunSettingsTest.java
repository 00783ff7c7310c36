package millrace.actors.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What the actor system of a run is set by. */
class PipelineRunSettingsTest {
    private static Config settings(String application) {
        return PipelineRun.settings(ConfigFactory.parseString(application), true);
    }

    @Test
    void millracesSettingsCountBeforeAkkas() {
        Config config = settings("");

        assertThat(config.getString("akka.loglevel")).isEqualTo("WARNING");
        assertThat(config.getBoolean("akka.coordinated-shutdown.run-by-jvm-shutdown-hook"))
                .isFalse();
        assertThat(config.getDuration("millrace.stall-check")).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void aProgramsSettingsCountBeforeMillraces() {
        Config config = settings("akka.loglevel = DEBUG, millrace.stall-check = 7s");

        assertThat(config.getString("akka.loglevel")).isEqualTo("DEBUG");
        assertThat(config.getDuration("millrace.stall-check")).isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void noProgramMakesARunANodeOrLetsItEndTheJvm() {
        Config config = settings("""
                akka.actor.provider = cluster
                akka.extensions = ["akka.cluster.Cluster"]
                akka.jvm-exit-on-fatal-error = on
                """);

        assertThat(config.getString("akka.actor.provider")).isEqualTo("local");
        assertThat(config.getStringList("akka.extensions")).isEmpty();
        assertThat(config.getBoolean("akka.jvm-exit-on-fatal-error")).isFalse();
    }

    /** Akka's own 5 s and 20 s were once too short on a busy machine. */
    @Test
    void aBusyMachineHasTimeToBegin() {
        assertThat(settings("").getDuration("akka.logger-startup-timeout"))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(60));
        assertThat(settings("").getDuration("akka.actor.creation-timeout"))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(60));
    }
}
