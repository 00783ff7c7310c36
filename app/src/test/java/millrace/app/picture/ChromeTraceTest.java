package millrace.app.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import millrace.schedule.timeline.Timeline;
import org.junit.jupiter.api.Test;

class ChromeTraceTest {
    @Test
    void namesProcessesAndThreads() throws IOException {
        List<Config> metadata = ofPhase(trace(Samples.small("s"), Samples.twoChunks()), "M");
        assertThat(metadata)
                .filteredOn(event -> event.getString("name").equals("process_name"))
                .extracting(event -> event.getInt("pid") + " " + event.getString("args.name"))
                .containsExactly("1 1f1b <small> & \"quick\"", "2 zbv");
        assertThat(metadata)
                .filteredOn(event -> event.getString("name").equals("thread_name"))
                .extracting(
                        event -> event.getInt("pid") + " " + event.getInt("tid") + " " + event.getString("args.name"))
                .containsExactly("1 10000 rank 0", "1 10001 rank 1", "2 20000 rank 0", "2 20001 rank 1");
    }

    @Test
    void writesACompleteEventASpan() throws IOException {
        List<Config> slices = ofPhase(trace(Samples.small("s")), "X");
        assertThat(slices)
                .extracting(event -> event.getString("name") + " " + event.getString("cat") + " "
                        + event.getDouble("ts") + " " + event.getDouble("dur"))
                .startsWith("0F0 F 0.0 1000000.0", "0F1 F 1000000.0 1000000.0", "0B0 B 5000000.0 2000000.0")
                .hasSize(8);
        Config args = slices.getLast().getConfig("args");
        assertThat(args.root().unwrapped()).isEqualTo(Map.of("stage", 1, "micro_batch", 1, "batch", 7));
    }

    @Test
    void unitsBecomeMicroseconds() throws IOException {
        for (Map.Entry<String, Double> unit :
                Map.of("", 1e3, "ms", 1e3, "s", 1e6, "us", 1.0, "ns", 1e-3).entrySet()) {
            Config last = ofPhase(trace(Samples.small(unit.getKey())), "X").getLast();
            assertThat(last.getDouble("ts")).isCloseTo(5.5 * unit.getValue(), within(0.001));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> trace(Samples.small("h")))
                .withMessage("unit of a timeline: h (expected: s, ms, us, ns, or none)");
    }

    @Test
    void flowsPairUpAndLieInsideTheirSlices() throws IOException {
        List<Config> events = trace(Samples.small("s"), Samples.twoChunks());
        Map<Long, Config> starts = byId(ofPhase(events, "s"));
        Map<Long, Config> ends = byId(ofPhase(events, "f"));
        assertThat(starts).hasSize(8);
        assertThat(ends.keySet()).isEqualTo(starts.keySet());
        for (Config start : starts.values()) {
            Config end = Objects.requireNonNull(ends.get(start.getLong("id")));
            assertThat(end.getString("bp")).isEqualTo("e");
            assertThat(end.getString("name")).isEqualTo(start.getString("name"));
            assertThat(end.getString("cat")).isEqualTo(start.getString("cat"));
            assertThat(end.getDouble("ts")).isGreaterThan(start.getDouble("ts"));
        }
        assertThat(starts.values())
                .extracting(start -> slice(events, start))
                .containsExactly("0F0", "0F1", "1B0", "1B1", "0F0", "2F0", "3I0", "1I0");
        assertThat(ends.values())
                .extracting(end -> slice(events, end))
                .containsExactly("1F0", "1F1", "0B0", "0B1", "1F0", "3F0", "2I0", "0I0");
    }

    @Test
    void clocksThatDisagreeStillMakeAFlow() throws IOException {
        Timeline early = new Timeline(
                "skewed",
                "ms",
                2,
                List.of(Samples.span(0, "0F0", 0, 2), Samples.span(1, "1F0", 1, 3)),
                List.of(Samples.message(0, 1, "1F0", 2, 1)));
        List<Config> events = trace(early);
        Config start = ofPhase(events, "s").getFirst();
        Config end = ofPhase(events, "f").getFirst();
        assertThat(slice(events, start)).isEqualTo("0F0");
        assertThat(slice(events, end)).isEqualTo("1F0");
        assertThat(start.getDouble("ts")).isLessThan(end.getDouble("ts"));
    }

    @Test
    void leavesOutMessagesWhoseSpansAreMissing() throws IOException {
        Timeline cut = new Timeline(
                "cut",
                "s",
                2,
                List.of(Samples.span(1, "1F0", 1, 3)),
                List.of(Samples.message(0, 1, "1F0", 0, 1), Samples.message(1, 0, "0I0", 3, 4)));
        assertThat(trace(cut)).noneMatch(event -> "sf".contains(event.getString("ph")));
    }

    /** The name of the one slice around an event. */
    private static String slice(List<Config> events, Config event) {
        double time = event.getDouble("ts");
        List<Config> around = ofPhase(events, "X").stream()
                .filter(slice -> slice.getInt("pid") == event.getInt("pid"))
                .filter(slice -> slice.getInt("tid") == event.getInt("tid"))
                .filter(slice -> time > slice.getDouble("ts"))
                .filter(slice -> time < slice.getDouble("ts") + slice.getDouble("dur"))
                .toList();
        assertThat(around).as(event.toString()).hasSize(1);
        return around.getFirst().getString("name");
    }

    private static Map<Long, Config> byId(List<Config> events) {
        return events.stream()
                .collect(Collectors.toMap(
                        event -> event.getLong("id"),
                        Function.identity(),
                        (one, two) -> {
                            throw new AssertionError("one id for " + one + " and " + two);
                        },
                        LinkedHashMap::new));
    }

    private static List<Config> ofPhase(List<Config> events, String phase) {
        return events.stream()
                .filter(event -> event.getString("ph").equals(phase))
                .toList();
    }

    private static List<Config> trace(Timeline... timelines) throws IOException {
        StringWriter out = new StringWriter();
        ChromeTrace.write(List.of(timelines), out);
        Config trace = ConfigFactory.parseString(
                out.toString(), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
        assertThat(trace.getString("displayTimeUnit")).isEqualTo("ms");
        return trace.getConfigList("traceEvents").stream()
                .map(Config.class::cast)
                .toList();
    }
}
