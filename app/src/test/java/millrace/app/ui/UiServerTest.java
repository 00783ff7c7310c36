package millrace.app.ui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import millrace.app.output.json.JsonLine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page's own interface, and what becomes of requests that mean no good. */
class UiServerTest {
    private final RunFeeds runs = new RunFeeds();
    private final AtomicBoolean ready = new AtomicBoolean(true);
    private final List<String> asked = new ArrayList<>();
    private final UiServer.Site site =
            new UiServer.Site(runs, new Nothing(), () -> "millrace_loss 1.5\n", ready::get, Optional.of(new OneNode()));
    private final AtomicInteger cancelled = new AtomicInteger();
    private final AtomicInteger saved = new AtomicInteger();
    private final RunFeed feed = runs.add(
            RunFeed.live("run-1", Map.of("training.batch", "64"), cancelled::incrementAndGet, saved::incrementAndGet));
    private final UiServer server = UiServer.start("127.0.0.1", 0, site);
    private final HttpClient client = HttpClient.newHttpClient();

    /** No schedules. */
    private static final class Nothing implements Playground {
        @Override
        public JsonLine simulated(Map<String, String> query) {
            throw new IllegalArgumentException("schedule: " + query.get("schedule") + " (expected: another)");
        }

        @Override
        public List<JsonLine> schedules() {
            return List.of(new JsonLine().put("name", "1f1b"));
        }
    }

    /** A cluster of one, which does what it is asked. */
    private final class OneNode implements ClusterView {
        @Override
        public JsonLine status() {
            return JsonLine.event("status")
                    .put("members", List.of(new JsonLine().put("address", "one:25520")))
                    .put("jobs", List.of(new JsonLine().put("run", "run-1")));
        }

        @Override
        public void cancel(String job) {
            asked.add("cancel " + job);
        }

        @Override
        public void drain(String address) {
            if (!address.equals("one:25520")) {
                throw new IllegalArgumentException("node: " + address + " (expected: a member)");
            }
            asked.add("drain " + address);
        }
    }

    /** Ranks that have done one thing. */
    private static final class OneSpan implements LiveLine {
        @Override
        public JsonLine seen(double after) {
            return new JsonLine().put("until", after + 1);
        }

        @Override
        public Optional<JsonLine> batch() {
            return Optional.empty();
        }
    }

    @AfterEach
    void end() {
        client.close();
        server.close();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.address() + path));
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = request(path).POST(BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "index.html",
                "style.css",
                "main.js",
                "run.js",
                "line.js",
                "cluster.js",
                "playground.js",
                "gantt.js",
                "chart.js",
                "dom.js"
            })
    void thePageLoadsNothingFromElsewhere(String file) throws Exception {
        HttpResponse<String> found = get(file);

        assertThat(found.statusCode()).isEqualTo(200);
        assertThat(found.body()).doesNotContain("https://").doesNotContain("//cdn");
        assertThat(found.headers().firstValue("Content-Security-Policy"))
                .hasValueSatisfying(policy -> assertThat(policy).startsWith("default-src 'none'"));
        assertThat(found.headers().firstValue("Server")).isEmpty();
    }

    @Test
    void runsTellWhatTheyAre() throws Exception {
        feed.tell("{\"event\":\"step\",\"step\":1}", true);

        assertThat(get("api/runs").body())
                .isEqualTo("[{\"run\":\"run-1\",\"over\":false,\"lines\":1,\"watchable\":false,\"cancellable\":true}]");
        assertThat(get("api/runs/run-1/settings").body()).isEqualTo("{\"settings\":{\"training.batch\":\"64\"}}");
        assertThat(get("api/runs/run-1/events").body()).isEqualTo("{\"event\":\"step\",\"step\":1}\n");
        assertThat(get("api/runs/run-1/events?after=1").body()).isEmpty();
        assertThat(get("api/schedules").body()).isEqualTo("[{\"name\":\"1f1b\"}]");
    }

    @Test
    void ranksAreWatchedAsLongAsTheRunGoesOn() throws Exception {
        assertThat(get("api/runs/run-1/line").statusCode()).isEqualTo(404);
        feed.watch(new OneSpan());

        assertThat(get("api/runs").body()).contains("\"watchable\":true");
        assertThat(get("api/runs/run-1/line?after=2.5").body()).isEqualTo("{\"until\":3.5}");
        assertThat(get("api/runs/run-1/line?after=1e-06").body()).isEqualTo("{\"until\":1.000001}");
        assertThat(get("api/runs/run-1/line?after=-1").statusCode()).isEqualTo(400);
        assertThat(get("api/runs/run-1/line?after=1e999").statusCode()).isEqualTo(400);
        assertThat(get("api/runs/run-1/batch").body()).isEqualTo("{}");
        feed.end();
        assertThat(get("api/runs/run-1/line").statusCode()).isEqualTo(404);
    }

    @Test
    void operatorsAreTold() throws Exception {
        HttpResponse<String> metrics = get("metrics");
        assertThat(metrics.body()).isEqualTo("millrace_loss 1.5\n");
        assertThat(metrics.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(get("health").body()).isEqualTo("{\"status\":\"up\"}");
        assertThat(get("ready").body()).isEqualTo("{\"status\":\"ready\"}");
        ready.set(false);
        assertThat(get("ready").statusCode()).isEqualTo(503);
        assertThat(get("health").statusCode()).isEqualTo(200);
    }

    @Test
    void aClusterIsShownAndAsked() throws Exception {
        assertThat(get("api/site").body()).isEqualTo("{\"cluster\":true}");
        assertThat(get("api/cluster").body())
                .isEqualTo(
                        "{\"event\":\"status\",\"members\":[{\"address\":\"one:25520\"}],\"jobs\":[{\"run\":\"run-1\"}]}");
        assertThat(post("api/cluster/drain?name=one%3A25520", "").statusCode()).isEqualTo(403);
        String[] token = {RequestRules.TOKEN, server.token()};
        assertThat(post("api/cluster/drain?name=two%3A25520", "", token).statusCode())
                .isEqualTo(409);
        assertThat(post("api/cluster/drain?name=one%3A25520", "", token).statusCode())
                .isEqualTo(202);
        assertThat(post("api/cluster/cancel?name=run-1", "", token).statusCode())
                .isEqualTo(202);
        assertThat(asked).containsExactly("drain one:25520", "cancel run-1");
        assertThat(post("api/runs/run-1/save", "").statusCode()).isEqualTo(403);
        assertThat(post("api/runs/run-1/save", "", token).statusCode()).isEqualTo(202);
        assertThat(saved).hasValue(1);
        assertThat(cancelled).hasValue(0);
    }

    @Test
    void whoMayNotIsToldSo() throws Exception {
        Runnable refused = () -> {
            throw new IllegalArgumentException("role: viewer (expected: submitter)");
        };
        runs.add(RunFeed.live("run-2", Map.of(), refused, refused));
        String[] token = {RequestRules.TOKEN, server.token()};

        HttpResponse<String> answer = post("api/runs/run-2/save", "", token);

        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.body()).contains("role: viewer");
    }

    @Test
    void aStreamGoesOnUntilTheRunIsOver() throws Exception {
        feed.tell("one", true);
        feed.tell("two", true);
        HttpResponse<InputStream> stream = client.send(
                request("api/runs/run-1/stream").header("Last-Event-ID", "1").build(), BodyHandlers.ofInputStream());
        feed.tell("three", true);
        feed.end();

        try (InputStream in = stream.body()) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("id: 2\ndata: two\n\nid: 3\ndata: three\n\nevent: end\ndata: {}\n\n");
        }
    }

    @Test
    void onlyWhoHasTheTokenChangesAnything() throws Exception {
        String own = server.address().substring(0, server.address().length() - 1);

        assertThat(post("api/runs/run-1/cancel", "").statusCode()).isEqualTo(403);
        assertThat(post("api/runs/run-1/cancel", "", "X-Millrace-Token", "0".repeat(32))
                        .statusCode())
                .isEqualTo(403);
        assertThat(post(
                                "api/runs/run-1/cancel",
                                "",
                                "X-Millrace-Token",
                                server.token(),
                                "Origin",
                                "http://evil.example")
                        .statusCode())
                .isEqualTo(403);
        assertThat(get("api/runs/run-1/cancel").statusCode()).isEqualTo(405);
        assertThat(cancelled).hasValue(0);

        assertThat(post("api/runs/run-1/cancel", "", "X-Millrace-Token", server.token(), "Origin", own)
                        .statusCode())
                .isEqualTo(202);
        assertThat(cancelled).hasValue(1);
        feed.end();
        assertThat(post("api/runs/run-1/cancel", "", "X-Millrace-Token", server.token())
                        .statusCode())
                .isEqualTo(409);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /../../../../etc/passwd HTTP/1.1",
                "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1",
                "GET /api/runs/..%2f..%2fetc/events HTTP/1.1",
                "GET /api/runs/unknown/events HTTP/1.1",
                "GET /api/runs/run-1/events?after=-1 HTTP/1.1",
                "GET /api/runs/run-1/events?after=1&after=2 HTTP/1.1",
                "GET /api/simulate?schedule=nothing HTTP/1.1",
                "GET /api/simulate?schedule=%zz HTTP/1.1",
                "GET /nothing HTTP/1.1",
                "DELETE / HTTP/1.1",
                "PUT /api/runs HTTP/1.1",
                "NONSENSE",
                "GET / HTTP/9.9"
            })
    void hostileRequestsAreAnsweredInOneLine(String first) throws Exception {
        URI address = URI.create(server.address());
        String answer = raw(first + "\r\nHost: 127.0.0.1:" + address.getPort() + "\r\nConnection: close\r\n\r\n");

        assertThat(answer).matches("(?s)HTTP/1\\.1 [45]\\d\\d .*");
        String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
        assertThat(body.strip()).startsWith("{\"error\":").doesNotContain("\n").doesNotContain("java.");
        assertThat(get("").statusCode()).isEqualTo(200);
    }

    /** A page of another site that has got this machine's address under its own name. */
    @Test
    void otherNamesOfThisMachineAreRefused() throws Exception {
        assertThat(raw("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 421 ");
    }

    @Test
    void longBodiesAreRefused() throws Exception {
        assertThat(post("api/runs/run-1/cancel", "x".repeat(10 << 20), "X-Millrace-Token", server.token())
                        .statusCode())
                .isEqualTo(413);
        assertThat(cancelled).hasValue(0);
    }

    private String raw(String request) throws IOException {
        URI address = URI.create(server.address());
        try (Socket socket = new Socket(address.getHost(), address.getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Twenty who ask for everything and read nothing: whoever tells is not held up, and what is kept has an end. */
    @Test
    void stuckReadersAreWaitedForByNobody() throws Exception {
        URI address = URI.create(server.address());
        List<Socket> stuck = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                Socket socket = new Socket();
                socket.setReceiveBufferSize(4096);
                socket.connect(new InetSocketAddress(address.getHost(), address.getPort()));
                OutputStream out = socket.getOutputStream();
                out.write(("GET /api/runs/run-1/stream HTTP/1.1\r\nHost: 127.0.0.1:" + address.getPort() + "\r\n\r\n")
                        .getBytes(StandardCharsets.UTF_8));
                out.flush();
                stuck.add(socket);
            }
            String line = "{\"event\":\"step\",\"text\":\"" + "x".repeat(1000) + "\"}";
            for (int i = 0; i < 50_000; i++) {
                feed.tell(line, true);
            }

            assertThat(feed.told()).isEqualTo(50_000);
            assertThat(feed.after(0, Integer.MAX_VALUE)).hasSizeLessThanOrEqualTo(RunFeed.MOST);
            assertThat(get("api/runs").body()).contains("\"lines\":50000");
        } finally {
            for (Socket socket : stuck) {
                socket.close();
            }
        }
    }

    @Test
    void aPortInUseIsNamed() {
        int port = URI.create(server.address()).getPort();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> UiServer.start("127.0.0.1", port, site))
                .withMessageStartingWith("--ui: 127.0.0.1:" + port + ": ");
    }
}
