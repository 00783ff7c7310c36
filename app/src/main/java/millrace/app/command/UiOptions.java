package millrace.app.command;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import millrace.app.output.json.JsonLine;
import millrace.app.ui.UiServer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether, and where, a command has a page to watch it on. */
final class UiOptions {
    static final int USUAL_PORT = 8090;
    static final String USUAL_HOST = "127.0.0.1";

    @Option(
            names = "--ui",
            arity = "0..1",
            fallbackValue = "8090",
            paramLabel = "PORT",
            description =
                    "serve a page to watch the run on, with a playground for schedules, at this port (without a number: 8090; 0: any free"
                            + " one); write --ui=PORT before a preset")
    private @Nullable Integer port;

    @Option(
            names = "--ui-host",
            paramLabel = "NAME",
            description =
                    "with --ui: name or address of this machine that the page is served at (default: 127.0.0.1, this machine alone)")
    private @Nullable String host;

    /**
     * Whether one is wanted.
     *
     * @throws IllegalArgumentException when it is told where it is to be, but not that
     */
    boolean isWanted() {
        if (port == null && host != null) {
            throw new IllegalArgumentException("--ui-host: " + host + " without --ui (expected: with it)");
        }
        return port != null;
    }

    /**
     * The server that is wanted.
     *
     * @param site that it shows
     * @throws IllegalArgumentException when it cannot be started
     */
    UiServer start(UiServer.Site site, OutputOptions output) {
        UiServer server =
                start(host == null ? USUAL_HOST : host, Objects.requireNonNull(port, "--ui, which is wanted"), site);
        tell(server, output);
        return server;
    }

    static UiServer start(String host, int port, UiServer.Site site) {
        Given.require("--ui", port, port >= 0 && port <= 65_535, "a port, 0 to 65535");
        return UiServer.start(host, port, site);
    }

    /** Where the page is, on standard error or, for scripts, as a line. */
    static void tell(UiServer server, OutputOptions output) {
        if (output.json()) {
            output.out().println(JsonLine.event("ui").put("page", server.page()));
            output.out().flush();
        } else {
            output.err().println("page: " + server.page());
            output.err().flush();
        }
    }

    /** The settings of a run, by key. */
    static Map<String, String> flat(Config config) {
        Map<String, String> settings = new TreeMap<>();
        config.entrySet()
                .forEach(entry -> settings.put(entry.getKey(), entry.getValue().render(ConfigRenderOptions.concise())));
        return settings;
    }
}
