package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import millrace.acceptance.cluster.Command;
import millrace.acceptance.cluster.Runs;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training in one process saves within an epoch too: {@code kill -9} costs what was done since, and no bit. */
@Order(2)
class KilledTrainTest {
    private static final int STEPS_PER_EPOCH = 1438 / 2;
    private static final List<String> TRAIN =
            List.of("train", "digits", "--json", "--batch", "2", "--micro-batches", "2", "--steps", "800");

    @TempDir
    private Path runs = Path.of("");

    /** Of the last checkpoint, 0 before there is one. */
    private long step() throws IOException {
        Runs folder = new Runs(runs);
        if (!folder.hasCheckpoint()) {
            return 0;
        }
        Path last = folder.only().resolve("checkpoints/last").toRealPath();
        return Long.parseLong(last.getFileName().toString().replace("step-", ""));
    }

    @Test
    void whatIsKilledWithinAnEpochGoesOnExactly() throws IOException {
        // slow links make the epoch last for seconds, in which nothing is computed
        Stream<String> slowly = Stream.of("--link", "latency=5ms");
        Stream<String> saved = Stream.of("-D", "checkpoint.folder=" + runs, "-D", "checkpoint.interval=200ms");
        String[] words =
                Stream.concat(TRAIN.stream(), Stream.concat(slowly, saved)).toArray(String[]::new);
        try (Command train = Command.start(words)) {
            await().atMost(Command.PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> step() > 0);
            train.kill();
        }
        long step = step();
        assertThat(step).isBetween(1L, STEPS_PER_EPOCH - 1L);

        Program resumed = Program.run(
                "train", "--json", "--resume", new Runs(runs).only().toString(), "-D", "pipeline.link=null");

        assertThat(resumed.status()).as(resumed.err()).isZero();
        Config started = ConfigFactory.parseString(resumed.lines().getFirst());
        assertThat(started.getString("event")).isEqualTo("start");
        assertThat(resumed.last("steps")).isEqualTo("800");
        assertThat(resumed.last("weights_sha256"))
                .isEqualTo(Program.run(TRAIN, "--sequential", "-D", "checkpoint.enabled=false")
                        .last("weights_sha256"));
    }
}
