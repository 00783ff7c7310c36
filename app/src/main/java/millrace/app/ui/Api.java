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
 * POST /api/runs/NAME/cancel      asks it to end
 * GET  /api/schedules             the schedules that there are
 * GET  /api/simulate?...          a simulation, by the options of millrace simulate
 * </pre>
 */
final class Api {
    private static final Pattern OF_RUN = Pattern.compile("/api/runs/([^/]{1,200})/(settings|events|stream|cancel)");
    private static final int MOST_LINES = RunFeed.MOST;

    private final RunFeeds runs;
    private final Playground playground;

    Api(RunFeeds runs, Playground playground) {
        this.runs = runs;
        this.playground = playground;
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
            throw new Refused(404, "POST " + path + ": nothing there (expected: /api/runs/NAME/cancel)");
        }
        return switch (path) {
            case "/api/runs" ->
                Answer.json(lines(runs.all().stream().map(Api::line).toList()));
            case "/api/schedules" -> Answer.json(lines(playground.schedules()));
            case "/api/simulate" -> simulated(query);
            default -> throw new Refused(404, path + ": nothing there (expected: / or what docs/ui.md lists)");
        };
    }

    private RunFeed run(String name) {
        return runs.named(name)
                .orElseThrow(() -> new Refused(404, "run: " + name + " (expected: one of those that /api/runs lists)"));
    }

    private static Answer ofRun(String method, RunFeed run, String what, Map<String, String> query) {
        if (what.equals("cancel")) {
            if (!method.equals("POST")) {
                throw new Refused(405, "cancel: by " + method + " (expected: POST)");
            }
            if (!run.isCancellable()) {
                throw new Refused(409, "run: " + run.name() + " (expected: one that goes on)");
            }
            run.cancel();
            return new Answer(202, "application/json", "{}");
        }
        if (method.equals("POST")) {
            throw new Refused(405, what + ": by POST (expected: GET)");
        }
        if (what.equals("settings")) {
            return Answer.json(new JsonLine().put("settings", run.settings()));
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

    private Answer simulated(Map<String, String> query) {
        try {
            return Answer.json(playground.simulated(query));
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
                .put("cancellable", run.isCancellable());
    }

    private static String lines(List<JsonLine> all) {
        return "[" + String.join(",", all.stream().map(JsonLine::toString).toList()) + "]";
    }
}
