package millrace.app.ui;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import millrace.app.output.json.JsonLine;
import millrace.schedule.InvalidScheduleException;

/**
 * What the page asks for beside its own files (docs/ui.md):
 *
 * <pre>
 * GET  /api/runs                  the runs
 * GET  /api/runs/NAME/settings    all settings of one, by key
 * GET  /api/runs/NAME/events      its lines so far; ?after=N those after line N
 * GET  /api/runs/NAME/stream      the same as they come (server-sent events), answered by {@link EventStream}
 * GET  /api/runs/NAME/line        what its ranks do now; ?after=T what they did after a time
 * GET  /api/runs/NAME/batch       a batch as it was measured, and simulated
 * POST /api/runs/NAME/cancel      asks it to end
 * POST /api/runs/NAME/save        asks it for a checkpoint
 * GET  /api/schedules             the schedules that there are
 * GET  /api/simulate?...          a simulation, by the options of millrace simulate
 * GET  /api/site                  whether there is a cluster
 * GET  /api/cluster               its members, what they do, and its jobs
 * POST /api/cluster/cancel?name=  asks a job to end
 * POST /api/cluster/drain?name=   asks a node to leave
 * GET  /metrics                   all figures of the process, for Prometheus
 * GET  /health                    whether the process is there
 * GET  /ready                     whether it does what it is there for
 * </pre>
 */
final class Api {
    private static final Pattern OF_RUN =
            Pattern.compile("/api/runs/([^/]{1,200})/(settings|events|stream|line|batch|cancel|save)");
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private static final int MOST_LINES = RunFeed.MOST;

    private final UiServer.Site site;

    Api(UiServer.Site site) {
        this.site = site;
    }

    /** The run whose events a path streams; empty where it is no such path. */
    Optional<RunFeed> streamed(String path) {
        Matcher matcher = OF_RUN.matcher(path);
        return matcher.matches() && matcher.group(2).equals("stream")
                ? Optional.of(run(matcher.group(1)))
                : Optional.empty();
    }

    /**
     * The answer to a request.
     *
     * @throws Refused when there is none
     */
    Answer answer(String method, String path, Map<String, String> query) {
        Matcher matcher = OF_RUN.matcher(path);
        if (matcher.matches()) {
            return ofRun(method, run(matcher.group(1)), matcher.group(2), query);
        }
        if (method.equals("POST")) {
            return posted(path, query);
        }
        return switch (path) {
            case "/metrics" -> new Answer(200, METRICS_TYPE, site.metrics().get());
            case "/health" -> Answer.json(new JsonLine().put("status", "up"));
            case "/ready" -> ready();
            case "/api/site" ->
                Answer.json(new JsonLine().put("cluster", site.cluster().isPresent()));
            case "/api/cluster" -> cluster(cluster());
            case "/api/runs" ->
                Answer.json(lines(site.runs().all().stream().map(Api::line).toList()));
            case "/api/schedules" -> Answer.json(lines(site.playground().schedules()));
            case "/api/simulate" -> simulated(query);
            default -> throw new Refused(404, path + ": nothing there (expected: / or what docs/ui.md lists)");
        };
    }

    private Answer ready() {
        boolean ready = site.ready().getAsBoolean();
        return new Answer(
                ready ? 200 : 503,
                "application/json",
                new JsonLine().put("status", ready ? "ready" : "not ready").toString());
    }

    private ClusterView cluster() {
        return site.cluster()
                .orElseThrow(
                        () -> new Refused(404, "cluster: none (expected: the page of a node, or of a run on one)"));
    }

    private static Answer cluster(ClusterView cluster) {
        try {
            return Answer.json(cluster.status());
        } catch (IllegalStateException e) {
            throw new Refused(503, String.valueOf(e.getMessage()));
        }
    }

    private Answer posted(String path, Map<String, String> query) {
        String name = query.getOrDefault("name", "");
        switch (path) {
            case "/api/cluster/cancel" -> asked(() -> cluster().cancel(name));
            case "/api/cluster/drain" -> asked(() -> cluster().drain(name));
            default ->
                throw new Refused(
                        404,
                        "POST " + path
                                + ": nothing there (expected: /api/runs/NAME/cancel, /api/cluster/cancel or /api/cluster/drain)");
        }
        return new Answer(202, "application/json", "{}");
    }

    /** What may be refused, as where nodes have roles by certificate. */
    private static void asked(Runnable request) {
        try {
            request.run();
        } catch (IllegalArgumentException e) {
            throw new Refused(409, String.valueOf(e.getMessage()));
        } catch (IllegalStateException e) {
            throw new Refused(503, String.valueOf(e.getMessage()));
        }
    }

    private RunFeed run(String name) {
        return site.runs()
                .named(name)
                .orElseThrow(() -> new Refused(404, "run: " + name + " (expected: one of those that /api/runs lists)"));
    }

    private static Answer ofRun(String method, RunFeed run, String what, Map<String, String> query) {
        if (what.equals("cancel") || what.equals("save")) {
            if (!method.equals("POST")) {
                throw new Refused(405, what + ": by " + method + " (expected: POST)");
            }
            if (!run.isCancellable()) {
                throw new Refused(409, "run: " + run.name() + " (expected: one that goes on)");
            }
            asked(what.equals("save") ? run::save : run::cancel);
            return new Answer(202, "application/json", "{}");
        }
        if (method.equals("POST")) {
            throw new Refused(405, what + ": by POST (expected: GET)");
        }
        if (what.equals("settings")) {
            return Answer.json(new JsonLine().put("settings", run.settings()));
        }
        if (what.equals("line") || what.equals("batch")) {
            LiveLine line = run.line()
                    .orElseThrow(
                            () -> new Refused(
                                    404,
                                    "run: " + run.name()
                                            + ": no ranks that can be watched (expected: a run that goes on as a line of actors)"));
            return Answer.json(
                    what.equals("line")
                            ? line.seen(seconds(query))
                            : line.batch().orElseGet(JsonLine::new));
        }
        StringBuilder text = new StringBuilder();
        run.after(number(query), MOST_LINES)
                .forEach(line -> text.append(line.text()).append('\n'));
        return new Answer(200, "application/x-ndjson", text.toString());
    }

    /** After which line the reader wants more. */
    static long number(Map<String, String> query) {
        String text = query.getOrDefault("after", "0");
        if (!text.matches("\\d{1,18}")) {
            throw new Refused(400, "after: " + text + " (expected: the number of a line, 0 or more)");
        }
        return Long.parseLong(text);
    }

    /** After which time the reader wants more. */
    private static double seconds(Map<String, String> query) {
        String text = query.getOrDefault("after", "0");
        if (!text.matches("\\d{1,9}(\\.\\d{1,20})?(e-\\d{1,2})?")) {
            throw new Refused(400, "after: " + text + " (expected: seconds, 0 or more)");
        }
        return Double.parseDouble(text);
    }

    private Answer simulated(Map<String, String> query) {
        try {
            return Answer.json(site.playground().simulated(query));
        } catch (InvalidScheduleException e) {
            return Answer.problem(
                    422,
                    new JsonLine().put("error", e.why()).put("rank", e.rank()).put("column", e.column()));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new Refused(
                    422, String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
    }

    private static JsonLine line(RunFeed run) {
        return new JsonLine()
                .put("run", run.name())
                .put("over", run.isOver())
                .put("lines", run.told())
                .put("watchable", run.line().isPresent())
                .put("cancellable", run.isCancellable());
    }

    private static String lines(List<JsonLine> all) {
        return "[" + String.join(",", all.stream().map(JsonLine::toString).toList()) + "]";
    }
}
