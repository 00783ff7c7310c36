package millrace.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.cluster.RunData;
import millrace.actors.cluster.RunData.NamedFile;
import millrace.actors.cluster.RunOrder;
import millrace.actors.fetch.FileDigest;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.RunTerms;
import millrace.actors.plan.Start;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Plans that nodes make of orders: with samples and without, and of no file but those with digests. */
class PlansTest {
    @TempDir
    Path temp;

    private static RunOrder order(String configuration, RunData data) {
        return new RunOrder(
                        "run",
                        "/runs/run",
                        configuration,
                        Optional.empty(),
                        Optional.empty(),
                        1,
                        1,
                        CheckpointPace.every(Duration.ofSeconds(5)),
                        Set.of())
                .over(data);
    }

    private RunSetup setup(String... more) throws IOException {
        StringBuilder rows = new StringBuilder("a,b,sky\n");
        for (int i = 0; i < 40; i++) {
            rows.append(i).append(',').append(i % 7).append(i % 3 == 0 ? ",sun\n" : ",rain\n");
        }
        Files.writeString(temp.resolve("weather.csv"), rows);
        Path file = Files.writeString(temp.resolve("weather.conf"), """
                name = weather
                model.layers = [{ type = dense, units = 4 }, relu, { type = dense, units = classes }]
                data { set = csv, normalize = standard, validation = 0.1, csv { file = "%s", label = sky } }
                training { batch = 8, class-weights = balanced }
                pipeline { stages = 2, micro-batches = 2 }
                """.formatted(temp.resolve("weather.csv")));
        return RunSetup.of(RunFile.resolve(file.toString(), List.of(more), Map.of()));
    }

    private RunOrder order(RunSetup setup) throws IOException {
        String path = temp.resolve("weather.csv").toString();
        return order(
                RunFile.render(setup.config()),
                RunData.of(setup.data(), List.of(new NamedFile("data.csv.file", path, FileDigest.of(Path.of(path))))));
    }

    @Test
    void anOutlineIsThePlanWithoutItsSamples() throws IOException {
        RunSetup setup = setup();
        RunOrder order = order(setup);
        Files.delete(temp.resolve("weather.csv"));

        RunPlan outline = new Plans().outline(order, file -> {
            throw new AssertionError("no file is needed, asked for " + file);
        });

        RunPlan whole = setup.plan(Start.FRESH);
        assertThat(outline.data().isOutline()).isTrue();
        assertThat(outline.lastStep()).isEqualTo(whole.lastStep());
        assertThat(RunTerms.of(outline)).isEqualTo(RunTerms.of(whole));
        assertThat(outline.data().evaluated().keySet())
                .containsExactlyElementsOf(whole.data().evaluated().keySet());
        assertThat(outline.spec().model().parameterCount())
                .isEqualTo(whole.spec().model().parameterCount());
    }

    @Test
    void samplesComeFromWhereTheNodeHasTheFile() throws IOException {
        RunOrder order = order(setup());
        Path elsewhere = Files.move(temp.resolve("weather.csv"), temp.resolve("0123"));
        List<NamedFile> asked = new ArrayList<>();

        RunPlan plan = new Plans().plan(order, file -> {
            asked.add(file);
            return elsewhere;
        });

        assertThat(asked).isEqualTo(order.data().files());
        assertThat(plan.data().train().size()).isEqualTo(28);
        // another file in its place is noticed by what the run has saved of its data
        Files.writeString(elsewhere, "a,b,sky\n1,2,sun\n3,4,rain\n");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Plans().plan(order, _ -> elsewhere))
                .withMessageContaining("(expected: 40 samples, sha256 ");
    }

    /** An order that somebody has written by hand cannot have a node read what it likes. */
    @Test
    void noFileIsReadThatHasNoDigestInTheOrder() throws IOException {
        RunSetup setup = setup();
        RunOrder order = order(setup);
        RunOrder other = order(order.configuration().replace("weather.csv", "other.csv"), order.data());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Plans().plan(other, file -> Path.of(file.path())))
                .withMessage("data.csv.file: " + temp.resolve("other.csv")
                        + " without a digest in the order (expected: one for each file, no other is read); order the run"
                        + " by millrace train");
        for (String setting : List.of("pipeline.schedule = \"/etc/x.csv\"", "pipeline.cost = \"/etc/passwd\"")) {
            RunOrder named = order(order.configuration() + "\n" + setting, order.data());
            assertThatIllegalArgumentException()
                    .as(setting)
                    .isThrownBy(() -> new Plans().outline(named, file -> Path.of(file.path())))
                    .withMessageContaining(" without a digest in the order (expected: ");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "include \"/etc/passwd\"",
                "include file(\"/etc/passwd\")",
                "include required(file(\"/etc/passwd\"))",
                "include url(\"http://127.0.0.1:1/\")",
                "include classpath(\"reference.conf\")",
                "name = ${HOME}",
                "name = ${?HOME}",
                "name = ${?user.home}"
            })
    void anOrderIsCompleteInItself(String line) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Plans().outline(order("name = x\n" + line, RunData.UNTOLD), file -> {
                    throw new AssertionError(file);
                }))
                .withMessageStartingWith("configuration: ")
                .withMessageContaining("(expected: ");
    }
}
