package millrace.app.ui;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The files of the page, by path: those that are listed here, and no path leads to any other. */
final class PageFiles {
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");
    private static final String[] NAMES = {
        "index.html",
        "style.css",
        "main.js",
        "run.js",
        "line.js",
        "cluster.js",
        "playground.js",
        "gantt.js",
        "chart.js",
        "dom.js",
        "icon.svg"
    };

    private final Map<String, Answer> files = new LinkedHashMap<>();

    PageFiles() {
        for (String name : NAMES) {
            String type = Objects.requireNonNull(TYPES.get(name.substring(name.lastIndexOf('.') + 1)));
            files.put("/" + name, new Answer(200, type, read(name)));
        }
        files.put("/", Objects.requireNonNull(files.get("/index.html")));
    }

    private static String read(String name) {
        try (InputStream in = Objects.requireNonNull(PageFiles.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Optional<Answer> at(String path) {
        return Optional.ofNullable(files.get(path));
    }
}
