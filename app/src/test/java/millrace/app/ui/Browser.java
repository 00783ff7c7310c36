package millrace.app.ui;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import millrace.app.output.json.JsonLine;

/** A headless Chromium with one page, by the DevTools protocol. */
final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final String session;
    private final AtomicInteger numbers = new AtomicInteger();
    private final Map<Integer, CompletableFuture<Config>> answers = new ConcurrentHashMap<>();
    private final List<String> errors = Collections.synchronizedList(new ArrayList<>());

    /** Where one is installed; empty where none is. */
    static Optional<Path> installed() {
        return Stream.of("chromium", "chromium-browser", "google-chrome")
                .flatMap(name -> Stream.of(
                                System.getenv().getOrDefault("PATH", "").split(":"))
                        .map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** @param profile an empty folder */
    Browser(Path program, Path profile) throws IOException {
        this.process = new ProcessBuilder(
                        program.toString(),
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .start();
        URI address = address();
        this.socket = client.newWebSocketBuilder()
                .buildAsync(address, new Listener())
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
        String target = ask("", "Target.createTarget", new JsonLine().put("url", "about:blank"))
                .getString("result.targetId");
        this.session = ask(
                        "",
                        "Target.attachToTarget",
                        new JsonLine().put("targetId", target).put("flatten", true))
                .getString("result.sessionId");
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            ask(domain + ".enable", new JsonLine());
        }
    }

    private URI address() throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            int at = line.indexOf("ws://");
            if (at >= 0) {
                Thread.ofVirtual().start(() -> lines.lines().forEach(_ -> {}));
                return URI.create(line.substring(at).strip());
            }
        }
        throw new IOException("chromium has ended without an address");
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                take(ConfigFactory.parseString(text.toString()));
                text.setLength(0);
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }
    }

    private void take(Config message) {
        if (message.hasPath("id")) {
            Optional.ofNullable(answers.remove(message.getInt("id"))).ifPresent(waiting -> waiting.complete(message));
        } else if (message.getString("method").equals("Runtime.exceptionThrown")) {
            errors.add(message.getString("params.exceptionDetails.text") + " "
                    + message.getConfig("params.exceptionDetails").root().render());
        } else if (message.getString("method").equals("Log.entryAdded")
                && message.getString("params.entry.level").equals("error")) {
            errors.add(message.getString("params.entry.text"));
        }
    }

    private Config ask(String method, JsonLine parameters) {
        return ask(session, method, parameters);
    }

    private Config ask(String of, String method, JsonLine parameters) {
        int number = numbers.incrementAndGet();
        CompletableFuture<Config> answer = new CompletableFuture<>();
        answers.put(number, answer);
        JsonLine message =
                new JsonLine().put("id", number).put("method", method).put("params", parameters);
        if (!of.isEmpty()) {
            message.put("sessionId", of);
        }
        socket.sendText(message.toString(), true).join();
        Config answered =
                answer.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        if (answered.hasPath("error")) {
            throw new IllegalStateException(method + ": " + answered.getString("error.message"));
        }
        return answered;
    }

    /** Goes to an address. */
    void open(String address) {
        ask("Page.navigate", new JsonLine().put("url", address));
    }

    /** What an expression of JavaScript comes to, as text. */
    String value(String expression) {
        Config answer = ask(
                "Runtime.evaluate",
                new JsonLine()
                        .put("expression", "String(" + expression + ")")
                        .put("awaitPromise", true)
                        .put("returnByValue", true));
        if (answer.hasPath("result.exceptionDetails")) {
            throw new IllegalStateException(expression + ": "
                    + answer.getConfig("result.exceptionDetails").root().render());
        }
        return answer.getString("result.result.value");
    }

    /** Makes the window so wide, and light or dark. */
    void looks(int width, int height, boolean dark) {
        ask(
                "Emulation.setDeviceMetricsOverride",
                new JsonLine()
                        .put("width", width)
                        .put("height", height)
                        .put("deviceScaleFactor", 1)
                        .put("mobile", false));
        ask(
                "Emulation.setEmulatedMedia",
                new JsonLine()
                        .put(
                                "features",
                                List.of(new JsonLine()
                                        .put("name", "prefers-color-scheme")
                                        .put("value", dark ? "dark" : "light"))));
    }

    /** A picture of all of the page. */
    void shoot(Path file) throws IOException {
        Config answer = ask(
                "Page.captureScreenshot", new JsonLine().put("format", "png").put("captureBeyondViewport", true));
        Files.write(file, Base64.getDecoder().decode(answer.getString("result.data")));
    }

    /** What the console has complained of. */
    List<String> errors() {
        return List.copyOf(errors);
    }

    @Override
    public void close() {
        socket.abort();
        client.shutdownNow();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
