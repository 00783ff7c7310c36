package millrace.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import millrace.actors.event.TrainingEvent.EvaluationDone;
import millrace.actors.trace.FlightRecord;
import millrace.actors.trace.FlightRecord.Levels;
import millrace.actors.trace.FlightRecord.Totals;
import millrace.actors.trace.FlightRecord.Traffic;
import millrace.app.metrics.Metrics.OfRun;
import millrace.nn.infer.Evaluation;
import org.junit.jupiter.api.Test;

/** The dashboard draws figures that there are, and all that Millrace has. */
class GrafanaTest {
    private static final Pattern FIGURE = Pattern.compile("\\b(millrace_[a-z_]+|jvm_[a-z_]+)");
    private static final Set<String> NOT_DRAWN = Set.of(
            "millrace_steps_total",
            "millrace_rank_steps_total",
            "millrace_epoch",
            "millrace_samples_per_second",
            "millrace_recovery_seconds_max");

    private static List<String> expressions() throws IOException {
        List<String> expressions = new ArrayList<>();
        String text = Files.readString(Path.of("../cluster-conf/grafana.json"));
        try (JsonParser json = new JsonFactory().createParser(text)) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token == JsonToken.FIELD_NAME && json.currentName().equals("expr")) {
                    expressions.add(json.nextTextValue());
                }
            }
        }
        return expressions;
    }

    private static Set<String> figures(String text) {
        Set<String> found = new TreeSet<>();
        Matcher matcher = FIGURE.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    @Test
    void everyFigureThatIsDrawnIsThere() throws Exception {
        try (Metrics metrics = new Metrics();
                RunMeters run = metrics.run("run-1")) {
            run.on(new EvaluationDone(
                    3, Map.of("test", new Evaluation(2, 0.5, List.of(List.of(1L, 0L), List.of(0L, 1L))))));
            FlightRecord record = new FlightRecord(
                    0,
                    1,
                    List.of(),
                    List.of(),
                    new Totals(1, 1, 1, new TreeMap<>(Map.of(1, new Traffic(1, 1)))),
                    Levels.NONE);
            metrics.ranks(() -> List.of(new OfRun("run-1", record)));
            metrics.retransmissions(() -> 0);
            Set<String> there = new TreeSet<>();
            metrics.scrape().lines().filter(line -> !line.startsWith("#")).forEach(line -> there.addAll(figures(line)));

            Set<String> drawn = new TreeSet<>();
            expressions().forEach(expression -> drawn.addAll(figures(expression)));

            assertThat(drawn)
                    .isNotEmpty()
                    .allSatisfy(figure -> assertThat(there).contains(figure));
            assertThat(there.stream()
                            .filter(figure -> figure.startsWith("millrace_") && !NOT_DRAWN.contains(figure))
                            .toList())
                    .allSatisfy(figure -> assertThat(drawn).contains(figure));
        }
    }
}
