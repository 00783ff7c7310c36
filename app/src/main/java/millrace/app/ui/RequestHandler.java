package millrace.app.ui;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;

/** Answers requests, one after the other on each connection, on a virtual thread. */
final class RequestHandler extends Handler.Abstract {
    private static final int MOST_STREAMS = 64;
    /** Nothing from elsewhere is loaded, and no other page shows this one. */
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none';"
                    + " form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            "Cache-Control",
            "no-store");

    private final RequestRules rules;
    private final PageFiles files = new PageFiles();
    private final Api api;
    private final Semaphore streams = new Semaphore(MOST_STREAMS);

    RequestHandler(RequestRules rules, Api api) {
        this.rules = rules;
        this.api = api;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        HEADERS.forEach((name, value) -> response.getHeaders().put(name, value));
        try {
            rules.check(new RequestRules.Asked(
                    request.getMethod(),
                    header(request, HttpHeader.HOST.asString()),
                    header(request, HttpHeader.ORIGIN.asString()),
                    header(request, RequestRules.TOKEN)));
            String path = String.valueOf(request.getHttpURI().getDecodedPath());
            Map<String, String> query = query(request);
            Optional<RunFeed> streamed = request.getMethod().equals("GET") ? api.streamed(path) : Optional.empty();
            if (streamed.isPresent()) {
                long after = header(request, "Last-Event-ID")
                        .filter(id -> id.matches("\\d{1,18}"))
                        .map(Long::valueOf)
                        .orElseGet(() -> Api.number(query));
                stream(streamed.get(), after, response, callback);
            } else {
                Optional<Answer> file = request.getMethod().equals("POST") ? Optional.empty() : files.at(path);
                write(file.orElseGet(() -> api.answer(request.getMethod(), path, query)), response, callback);
            }
        } catch (Refused e) {
            write(Answer.problem(e.status(), String.valueOf(e.getMessage())), response, callback);
        }
        return true;
    }

    /** Waits until all streams have told their ends, but not long. */
    void awaitStreams(Duration patience) {
        try {
            boolean _ = streams.tryAcquire(MOST_STREAMS, patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Optional<String> header(Request request, String name) {
        return Optional.ofNullable(request.getHeaders().get(name));
    }

    private static Map<String, String> query(Request request) {
        Map<String, String> query = new HashMap<>();
        Fields fields;
        try {
            fields = Request.extractQueryParameters(request);
        } catch (RuntimeException e) {
            throw new Refused(400, "query: " + e.getMessage() + " (expected: key=value with & between)");
        }
        for (Fields.Field field : fields) {
            if (query.put(field.getName(), field.getValue()) != null || field.hasMultipleValues()) {
                throw new Refused(400, field.getName() + ": twice (expected: each once)");
            }
        }
        return query;
    }

    private static void write(Answer answer, Response response, Callback callback) {
        byte[] bytes = answer.bytes();
        response.setStatus(answer.status());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, answer.type());
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
        response.write(true, ByteBuffer.wrap(bytes), callback);
    }

    private void stream(RunFeed run, long after, Response response, Callback callback) {
        if (!streams.tryAcquire()) {
            throw new Refused(503, "streams: " + MOST_STREAMS + " are read (expected: fewer); close other pages");
        }
        try {
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
            try (OutputStream out = Content.Sink.asOutputStream(response)) {
                EventStream.write(run, after, out);
            }
            callback.succeeded();
        } catch (IOException e) {
            callback.failed(e);
        } finally {
            streams.release();
        }
    }
}
