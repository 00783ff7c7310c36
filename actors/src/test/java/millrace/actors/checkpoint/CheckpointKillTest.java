package millrace.actors.checkpoint;

import static millrace.actors.checkpoint.Snapshots.assertHolds;
import static millrace.actors.checkpoint.Snapshots.names;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that does nothing but save is killed at any moment: there is always a whole checkpoint to go on from. */
class CheckpointKillTest {
    @TempDir
    Path run;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void killed(long seed) throws IOException, InterruptedException {
        Path checkpoints = run.resolve("checkpoints");
        Random random = new Random(seed);
        Process process = start();
        try {
            while (!Files.exists(checkpoints.resolve("last"))) {
                assertThat(process.isAlive()).isTrue();
                Thread.sleep(5);
            }
            Thread.sleep(random.nextInt(300));
        } finally {
            process.destroyForcibly().waitFor();
        }

        Checkpoint last = CheckpointStore.load(checkpoints.resolve("last"));
        assertHolds(last, Snapshots.of(last.step(), 1));
        assertThat(last.configuration()).isEqualTo(Snapshots.of(last.step(), 1).weightsSha256());
        Checkpoint best = CheckpointStore.load(run);
        assertHolds(best, Snapshots.of(best.step(), 1));

        long next = last.step() + 1;
        new CheckpointStore(run, 1).save(Snapshots.of(next, 1), "", Map.of(), true);
        assertThat(names(checkpoints)).noneMatch(name -> name.startsWith("."));
        assertThat(CheckpointStore.load(run).step()).isEqualTo(next);
    }

    private Process start() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessBuilder(List.of(
                        java,
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        EndlessSaver.class.getName(),
                        run.toString()))
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.INHERIT)
                .start();
    }
}
