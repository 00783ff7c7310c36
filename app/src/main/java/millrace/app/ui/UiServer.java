package millrace.app.ui;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.server.handler.SizeLimitHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The server of the page: Jetty without servlets (docs/decisions/ui.md). Connections, requests and streams are limited, and nobody who
 * reads slowly, or not at all, is waited for by a run.
 */
public final class UiServer implements AutoCloseable {
    private static final int MOST_CONNECTIONS = 256;
    private static final int MOST_HEADER_BYTES = 64 << 10;
    private static final int MOST_BODY_BYTES = 64 << 10;
    private static final long IDLE_MILLIS = 30_000;
    private static final int THREADS = 8;
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final Server server;
    private final RequestHandler handler;
    private final RunFeeds runs;
    private final String address;
    private final String token;

    /**
     * What it serves.
     *
     * @param runs that the page shows; more may come
     * @param metrics all figures of the process, in Prometheus' text format
     * @param ready whether it does what it is there for
     * @param cluster that is shown; empty where there is none
     */
    public record Site(
            RunFeeds runs,
            Playground playground,
            Supplier<String> metrics,
            BooleanSupplier ready,
            Optional<ClusterView> cluster) {}

    private UiServer(Server server, RequestHandler handler, RunFeeds runs, String address, String token) {
        this.server = server;
        this.handler = handler;
        this.runs = runs;
        this.address = address;
        this.token = token;
    }

    /**
     * Starts it.
     *
     * @param host name or address that it is bound to
     * @param port 0 for any free one
     * @throws IllegalArgumentException when it cannot be bound
     */
    public static UiServer start(String host, int port, Site site) {
        QueuedThreadPool threads = new QueuedThreadPool(THREADS);
        threads.setName("ui");
        threads.setDaemon(true);
        threads.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
        Server server = new Server(threads);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(MOST_HEADER_BYTES);
        ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(host);
        connector.setPort(port);
        connector.setIdleTimeout(IDLE_MILLIS);
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(MOST_CONNECTIONS, connector));
        server.setErrorHandler(UiServer::tellError);
        try {
            connector.open();
            int bound = connector.getLocalPort();
            RequestRules rules = RequestRules.of(host, bound, isLoopback(host));
            SizeLimitHandler limited = new SizeLimitHandler(MOST_BODY_BYTES, -1);
            RequestHandler handler = new RequestHandler(rules, new Api(site));
            limited.setHandler(handler);
            server.setHandler(limited);
            server.start();
            return new UiServer(server, handler, site.runs(), "http://" + host + ":" + bound + "/", rules.token());
        } catch (Exception e) {
            stop(server);
            throw new IllegalArgumentException(
                    "--ui: " + host + ":" + port + ": " + e.getMessage()
                            + " (expected: an address of this machine and a free port); choose another --ui PORT",
                    e);
        }
    }

    private static boolean isLoopback(String host) throws UnknownHostException {
        return InetAddress.getByName(host).isLoopbackAddress();
    }

    /** What Jetty itself refuses, such as a request that it cannot read, in one line. */
    private static boolean tellError(Request request, Response response, Callback callback) {
        Object message = request.getAttribute(ErrorHandler.ERROR_MESSAGE);
        Answer answer = Answer.problem(
                response.getStatus(), message == null ? "HTTP " + response.getStatus() : message.toString());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, answer.type());
        Content.Sink.write(response, true, new String(answer.bytes(), StandardCharsets.UTF_8), callback);
        return true;
    }

    /** Where the page is: of a browser that is to change something too, with the token. */
    public String page() {
        return address + "#token=" + token;
    }

    /** Where it is, without the token. */
    public String address() {
        return address;
    }

    /** What changes something brings along. */
    String token() {
        return token;
    }

    private static void stop(Server server) {
        try {
            server.setStopTimeout(0);
            server.stop();
        } catch (Exception _) {
            // it is stopped as far as it can be
        }
    }

    /** Where all runs are over, their readers are told so first. */
    @Override
    public void close() {
        if (runs.all().stream().allMatch(RunFeed::isOver)) {
            handler.awaitStreams(LAST_WORDS);
        }
        stop(server);
    }
}
