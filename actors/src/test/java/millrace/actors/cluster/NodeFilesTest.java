package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import millrace.actors.TestKitExtension;
import millrace.actors.cluster.RunData.NamedFile;
import millrace.actors.fetch.FileDigest;
import millrace.actors.fetch.FileExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Where a node finds the files of runs. */
class NodeFilesTest {
    @RegisterExtension
    static final TestKitExtension AKKA = new TestKitExtension();

    @TempDir
    Path temp;

    private static FileExchange exchange() {
        CompletableFuture<FileExchange> started = new CompletableFuture<>();
        AKKA.kit().spawn(Behaviors.setup(context -> {
            started.complete(FileExchange.start(context));
            return Behaviors.empty();
        }));
        return started.join();
    }

    private NodeFiles files(boolean fetch) {
        Config config = ConfigFactory.parseMap(Map.of(
                        "millrace.data.folders", List.of(temp.resolve("data").toString()),
                        "millrace.data.cache.folder", temp.resolve("cache").toString(),
                        "millrace.data.fetch", fetch))
                .withFallback(ConfigFactory.load());
        return new NodeFiles(config, exchange());
    }

    private static NamedFile named(String path, Path original) throws IOException {
        return new NamedFile("data.csv.file", path, FileDigest.of(original));
    }

    private static DataUse.Source source(NodeFiles files, NamedFile file) {
        return files.source(new RunData(new TreeMap<>(), List.of(file)));
    }

    @Test
    void itsOwnFileIsUsedIfItIsTheSameAndWithinItsFolders() throws IOException {
        Path own = Files.createDirectories(temp.resolve("data/2026")).resolve("a.csv");
        Files.writeString(own, "1,2");
        Files.writeString(temp.resolve("secret.csv"), "3,4");
        Files.createSymbolicLink(temp.resolve("data/link.csv"), temp.resolve("secret.csv"));
        NodeFiles files = files(false);
        try (NodeFiles.Reading reading = files.reading()) {
            assertThat(reading.find(named("2026/a.csv", own))).isEqualTo(own.toRealPath());
            assertThat(reading.find(named(own.toString(), own))).isEqualTo(own.toRealPath());
            assertThat(source(files, named("2026/a.csv", own))).isEqualTo(DataUse.Source.READ);
            Path secret = temp.resolve("secret.csv");
            for (String path : List.of("../secret.csv", secret.toString(), "link.csv", "2026/../../secret.csv", "\0")) {
                assertThatIllegalArgumentException()
                        .as(path)
                        .isThrownBy(() -> reading.find(named(path, secret)))
                        .withMessageStartingWith("data.fetch: false, and data.csv.file = " + path + " (sha256 ")
                        .withMessageContaining(") is not here (expected: that file within millrace.data.folders: "
                                + temp.resolve("data"));
            }
            // the same name, another file
            assertThatIllegalArgumentException().isThrownBy(() -> reading.find(named("2026/a.csv", secret)));
        }
    }

    @Test
    void whatIsNotHereIsFetchedOnce() throws IOException {
        Path original = Files.writeString(temp.resolve("weather.csv"), "rain,sun");
        NamedFile file = named("weather.csv", original);
        exchange().hold(file.digest(), original);
        NodeFiles files = files(true);
        Path fetched;
        try (NodeFiles.Reading reading = files.reading()) {
            fetched = reading.find(file);
            assertThat(fetched).startsWith(temp.resolve("cache")).hasSameTextualContentAs(original);
            assertThat(source(files, file)).isEqualTo(DataUse.Source.FETCHED);
        }
        Files.delete(original);
        try (NodeFiles.Reading reading = files.reading()) {
            assertThat(reading.find(file)).isEqualTo(fetched);
        }
    }
}
