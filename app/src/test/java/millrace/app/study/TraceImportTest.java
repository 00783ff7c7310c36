package millrace.app.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import millrace.app.Program;
import millrace.app.config.ProfileFile;
import millrace.schedule.auto.LayerProfile.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceImportTest {
    @TempDir
    private Path folder = Path.of("");

    /** One event as torch's profiler writes it; its own arguments have a name too, which does not count. */
    private static String event(String name, double micros) {
        return """
                {"ph": "X", "cat": "user_annotation", "name": "%s", "pid": 7, "tid": 7, "ts": 1.5, "dur": %s,
                 "args": {"External id": 3, "name": "PP:9F9", "list": [{"name": "9F9", "ph": "X", "dur": 1}]}}""".formatted(name, micros);
    }

    private Path trace(String name, String... events) throws IOException {
        return Files.writeString(folder.resolve(name), document(events));
    }

    private static String document(String... events) {
        return "{\"schemaVersion\": 1, \"deviceProperties\": [{\"id\": 0, \"name\": \"0F0\"}], \"traceEvents\": ["
                + String.join(",\n", events) + "], \"traceName\": \"0F0\"}";
    }

    /** A trace of each process; the first micro-batch is slow, and one waits for a message. */
    @Test
    void ofSeveralProcesses() throws IOException {
        Path first = trace(
                "rank0.json",
                event("PP:0F0", 900),
                event("PP:0F1", 100),
                event("PP:0F2", 110),
                event("PP:0F3", 105),
                event("PP:0B0", 210),
                event("PP:0B1", 5000),
                event("aten::mm", 1),
                "{\"ph\": \"M\", \"name\": \"0F0\", \"dur\": 1}");
        Path second = folder.resolve("rank1.json.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(second))) {
            out.write(document(event("PP:1F0", 50), event("PP:1I0", 60), event("PP:1W0", 40))
                    .getBytes(StandardCharsets.UTF_8));
        }

        ProfileFile profile = TraceImport.read(List.of(first, second), 8, TraceImport.ACTIONS);

        assertThat(profile.profile().layers()).hasSize(2);
        Size zero = profile.profile().layers().get(0).sizes().getFirst();
        assertThat(zero.samples()).isEqualTo(8);
        assertThat(zero.forward()).isCloseTo(100e-6, within(1e-12));
        assertThat(zero.backward()).isCloseTo(210e-6, within(1e-12));
        assertThat(zero.backwardInput()).isCloseTo(105e-6, within(1e-12));
        Size one = profile.profile().layers().get(1).sizes().getFirst();
        assertThat(one.backward()).isCloseTo(100e-6, within(1e-12));
        assertThat(one.backwardWeight()).isCloseTo(40e-6, within(1e-12));
    }

    @Test
    void plannedFromATraceWithOtherNames() throws IOException {
        Path trace = trace(
                "own.json",
                event("forward of block 0", 100),
                event("backward of block 0", 200),
                event("F@0", 100),
                event("B@0", 200),
                event("F@1", 300),
                event("B@1", 600));
        Path profile = folder.resolve("profile.json");

        Program.done(
                "profile --import " + trace + " --samples 4 --events (?<kind>[FB])@(?<stage>\\d+) --out " + profile);

        // four micro-batches, the second stage is the slower one: 100 + 4 x 900 + 200 microseconds
        assertThat(Program.events(
                                Program.done("plan " + profile + " --ranks 2 --batch 16 --schedules gpipe,1f1b --top 9")
                                        .out(),
                                "plan")
                        .stream()
                        .filter(plan -> plan.getInt("micro_batches") == 4)
                        .findFirst()
                        .orElseThrow()
                        .getDouble("step_s"))
                .isCloseTo(3_900e-6, within(1e-9));
    }

    /** The host only puts work into a queue. */
    @Test
    void whatTheDeviceDidCounts() throws IOException {
        Path trace = trace(
                "gpu.json",
                event("PP:0F0", 5),
                event("PP:0B0", 5),
                event("PP:0F0", 100).replace("user_annotation", "gpu_user_annotation"),
                event("PP:0B0", 200).replace("user_annotation", "gpu_user_annotation"));

        Size size = TraceImport.read(List.of(trace), 1, TraceImport.ACTIONS)
                .profile()
                .layers()
                .getFirst()
                .sizes()
                .getFirst();

        assertThat(size.forward()).isCloseTo(100e-6, within(1e-12));
        assertThat(size.backward()).isCloseTo(200e-6, within(1e-12));
    }

    /** What Millrace writes of a simulation it can read. */
    @Test
    void ofItsOwnTraces() {
        Path trace = folder.resolve("own.json");
        Path profile = folder.resolve("profile.json");
        Program.done(
                "simulate zb-h1 --ranks 2 --micro-batches 4 --forward 2 --backward-input 3 --backward-weight 1 --out "
                        + trace);

        Program.done("profile --import " + trace + " --samples 1 --out " + profile);

        Size size =
                ProfileFile.read(profile, 0).profile().layers().get(1).sizes().getFirst();
        // without a unit they are milliseconds
        assertThat(size.forward()).isCloseTo(2e-3, within(1e-9));
        assertThat(size.backwardInput()).isCloseTo(3e-3, within(1e-9));
        assertThat(size.backwardWeight()).isCloseTo(1e-3, within(1e-9));
    }

    @Test
    void refusals() throws IOException {
        Path half = trace("half.json", event("0F0", 1), event("1F0", 1), event("1B0", 1));
        Path none = trace("none.json", event("aten::mm", 1));
        Path broken = Files.writeString(folder.resolve("broken.json"), "{\"traceEvents\": [{\"name\": ");

        Program.run("profile --import " + half + " --samples 1")
                .assertRefused("--import: stage 0 has events of [F] (expected: F and B, or F, I and W, of each stage");
        Program.run("profile --import " + none + " --samples 1")
                .assertRefused("--import: no event has the name of an action (expected: names that match");
        Program.run("profile --import " + broken + " --samples 1").assertRefused("(expected: JSON, a trace of");
        Program.run("profile --import " + folder.resolve("nowhere.json") + " --samples 1")
                .assertRefused("(expected: a trace that can be read, .json or .json.gz)");
        Program.run("profile --import " + half).assertRefused("--samples: nothing (expected: 1 or more");
        Program.run("profile --import " + half + " --samples 1 --events (?<stage>x)")
                .assertRefused("--events: (?<stage>x) (expected: a pattern with the groups");
        Program.run("profile --import " + half + " --samples 1 --events (")
                .assertRefused("--events: ( (expected: a regular");
        Program.run("profile mlp-mnist --import " + half + " --samples 1").assertRefused("mlp-mnist: with --import");
        Program.run("profile").assertRefused("PRESET|FILE: nothing");
        Program.run("profile mlp-mnist --samples 3").assertRefused("--samples: without --import");
    }
}
