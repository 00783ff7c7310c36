package millrace.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import millrace.app.Program;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("cluster")
class RandomCrashesTest {
    @TempDir
    Path folder;

    /** Each crash is one of a node that has not crashed before, and costs nothing. */
    @Test
    void nodesCrashAndOthersTakeTheirPlaces() {
        String replicas = "--ranks 1 --replicas 2 --schedule 1f1b --micro-batches 2 --steps 200 --epochs 5";

        Program crashed = train(replicas + " --simulate-cluster 3 --link latency=2ms --chaos crashes=2@seed1");

        List<String> told = Program.events(crashed.out(), "notice").stream()
                .map(notice -> notice.getString("message"))
                .filter(message -> message.startsWith("chaos: "))
                .toList();
        assertThat(told).hasSize(3).doesNotHaveDuplicates().first().isEqualTo("chaos: 2 crashes, seed 1");
        assertThat(crashed.digest()).isEqualTo(train(replicas + " --sequential").digest());
    }

    private Program train(String options) {
        return Program.done("train digits --seed 1 -D checkpoint.folder=" + folder.resolve("runs") + " " + options);
    }
}
