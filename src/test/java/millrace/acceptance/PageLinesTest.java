package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import millrace.acceptance.cluster.Command;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page is told what a script is told: every number on it is one that {@code --json} prints. */
class PageLinesTest {
    private static final Pattern PAGE = Pattern.compile("\"page\":\"([^#\"]+)#token=([0-9a-f]+)\"");
    private static final Pattern RUN = Pattern.compile("\"run\":\"([^\"]+)\"");

    @TempDir
    private Path folder = Path.of("");

    @Test
    void thePageIsToldTheLinesOfJson() throws Exception {
        try (Command train = Command.start(
                        "train",
                        "digits",
                        "--json",
                        "--ui=0",
                        "--log-every",
                        "3",
                        "--epochs",
                        "40",
                        "--seed",
                        "1",
                        "-D",
                        "checkpoint.folder=" + folder);
                HttpClient client = HttpClient.newHttpClient()) {
            Matcher page = PAGE.matcher(train.awaitLine("\"event\":\"ui\""));
            assertThat(page.find()).isTrue();
            train.awaitLine("\"event\":\"start\"");
            Matcher run = RUN.matcher(get(client, page.group(1) + "api/runs"));
            assertThat(run.find()).isTrue();

            List<String> told;
            try (Stream<String> lines = client.send(
                            HttpRequest.newBuilder(URI.create(page.group(1) + "api/runs/" + run.group(1) + "/stream"))
                                    .build(),
                            BodyHandlers.ofLines())
                    .body()) {
                told = lines.filter(line -> line.startsWith("data: {\""))
                        .map(line -> line.substring("data: ".length()))
                        .toList();
            }

            assertThat(train.await()).isZero();
            List<String> printed = train.said().stream()
                    .filter(line -> line.startsWith("{") && !line.contains("\"event\":\"ui\""))
                    .toList();
            assertThat(told).hasSizeGreaterThan(100).isEqualTo(printed);
        }
    }

    private static String get(HttpClient client, String url) throws Exception {
        return client.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString())
                .body();
    }
}
