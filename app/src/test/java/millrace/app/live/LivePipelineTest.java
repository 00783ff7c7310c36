package millrace.app.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.typesafe.config.Config;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.Runs;
import millrace.actors.event.TrainingListener;
import millrace.actors.observe.Observation;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.run.Run;
import millrace.app.config.BenchSetup;
import millrace.app.config.RunFile;
import millrace.app.output.json.JsonLine;
import org.junit.jupiter.api.Test;

/** What the page is told of the ranks of a run that goes on. */
class LivePipelineTest {
    private static double number(JsonLine line, String key) {
        try (JsonParser json = new JsonFactory().createParser(line.toString())) {
            while (json.nextToken() != null) {
                if (json.currentToken() == JsonToken.FIELD_NAME
                        && json.currentName().equals(key)) {
                    json.nextToken();
                    return json.getDoubleValue();
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return Double.NaN;
    }

    /** Numbers of the rows of an array of arrays, at one place of each. */
    private static List<Double> column(JsonLine line, String key, int place) throws IOException {
        List<Double> values = new ArrayList<>();
        try (JsonParser json = new JsonFactory().createParser(line.toString())) {
            while (json.nextToken() != null) {
                if (json.currentToken() == JsonToken.FIELD_NAME
                        && json.currentName().equals(key)) {
                    json.nextToken();
                    while (json.nextToken() == JsonToken.START_ARRAY) {
                        for (int i = 0; json.nextToken() != JsonToken.END_ARRAY; i++) {
                            if (i == place) {
                                values.add(json.getDoubleValue());
                            }
                        }
                    }
                }
            }
        }
        return values;
    }

    private static RunPlan plan(String... settings) {
        Config asked = RunFile.resolve("mlp-mnist", List.of(settings), Map.of());
        return BenchSetup.of(asked, 100_000).plan(Start.FRESH);
    }

    @Test
    void aRunIsWatchedBatchByBatch() throws Exception {
        RunPlan plan = plan("pipeline.ranks=2", "pipeline.micro-batches=4");
        Run run = Runs.local(plan, TrainingListener.SILENT, Optional.empty());
        try {
            LivePipeline line = new LivePipeline(plan, run.observer().orElseThrow());
            List<JsonLine> seen = new ArrayList<>();
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                seen.add(line.seen(0));
                return line.batch().isPresent();
            });
            JsonLine batch = line.batch().orElseThrow();
            assertThat(number(batch, "measured_s")).isPositive();
            assertThat(number(batch, "simulated_s")).isPositive();
            assertThat(number(batch, "error"))
                    .isEqualTo(number(batch, "simulated_s") / number(batch, "measured_s") - 1);
            assertThat(batch.toString()).contains("\"action\":\"0F0\"", "\"action\":\"1B3\"", "\"critical\":true");

            double until = number(seen.getLast(), "until");
            JsonLine later = line.seen(until);
            assertThat(number(later, "until")).isGreaterThanOrEqualTo(until);
            assertThat(column(seen.getLast(), "spans", 4))
                    .isNotEmpty()
                    .allSatisfy(end -> assertThat(end).isLessThanOrEqualTo(until));
            assertThat(column(later, "spans", 4))
                    .allSatisfy(end -> assertThat(end).isGreaterThan(until - 1e-5));
            assertThat(seen.getLast().toString())
                    .contains(
                            "\"waits\":{\"dependency\":0.",
                            "\"schedule\":\"1f1b\"",
                            "\"stages\":[0]",
                            "\"versions\":1",
                            "\"to\":1");
        } finally {
            run.interrupt();
            run.await();
        }
    }

    /** The page asks again with what it was told: also who asks at once. */
    @Test
    void timesAreNeverBelowZero() {
        RunPlan plan = plan("pipeline.ranks=2", "pipeline.micro-batches=4");
        long now = System.nanoTime();
        LivePipeline line = new LivePipeline(plan, _ -> new Observation(now, List.of(), 0));

        assertThat(number(line.seen(0), "until")).isPositive();
    }

    @Test
    void aStreamHasNoBatchToBeSimulated() throws Exception {
        RunPlan plan = plan("pipeline.ranks=2", "pipeline.micro-batches=4", "pipeline.schedule=async-1f1b");
        Run run = Runs.local(plan, TrainingListener.SILENT, Optional.empty());
        try {
            LivePipeline line = new LivePipeline(plan, run.observer().orElseThrow());
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> !column(line.seen(0), "spans", 0).isEmpty());
            assertThat(line.batch()).isEmpty();
        } finally {
            run.interrupt();
            run.await();
        }
    }
}
