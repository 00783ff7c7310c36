package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.plan.TrainingData;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.ReferenceRun;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.nn.data.Dataset;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Convolutions, recurrent cells and transformers: the line's weights are the sequential run's, bit for bit. */
@Order(3)
class SameWeightsOfLayersTest {
    private static final int SAMPLES = 256;
    private static final Set<String> TEXTS = Set.of("lstm-char", "gpt-tiny");
    private static final Map<String, Dataset> SETS = new HashMap<>();

    /** Three steps of a preset, of some of its samples, which are read once; nothing evaluated. */
    private static RunPlan plan(String preset, String... settings) {
        Config config = config(preset, settings);
        Dataset train = SETS.computeIfAbsent(
                preset, name -> RunSetup.of(config(name)).data().train().slice(0, SAMPLES));
        return new RunSetup(config, TrainingData.of(train), RunSetup.model(config, train)).plan(Start.FRESH);
    }

    private static Config config(String preset, String... settings) {
        List<String> all = new ArrayList<>(List.of("training.batch=8", "training.steps=3", "pipeline.micro-batches=4"));
        if (TEXTS.contains(preset)) {
            // long enough for attention and for a recurrence, and an eighth of the work
            all.add("data.context=16");
        }
        all.addAll(List.of(settings));
        return RunFile.resolve(preset, all, Map.of());
    }

    /** The same of data that the settings name. */
    private static RunPlan planOfOtherData(String preset, String... settings) {
        RunSetup setup = RunSetup.of(config(preset, settings));
        return new RunSetup(setup.config(), TrainingData.of(setup.data().train()), setup.model()).plan(Start.FRESH);
    }

    private static String line(RunPlan plan) {
        return PipelineRun.start(plan, TrainingListener.SILENT)
                .await()
                .finalState()
                .weightsSha256();
    }

    private static String reference(RunPlan plan) {
        return ReferenceRun.of(plan, TrainingListener.SILENT).run().finalState().weightsSha256();
    }

    /** lstm-char has three layers. */
    @ParameterizedTest
    @CsvSource({"cnn, 4", "lstm-char, 3", "gpt-tiny, 4"})
    void everyNumberOfStagesAndSchedule(String preset, int most) {
        String expected = reference(plan(preset, "pipeline.stages=1"));
        for (int stages : new int[] {1, 2, most}) {
            String number = "pipeline.stages=" + stages;
            for (String schedule : stages == 1 ? List.of("1f1b") : List.of("1f1b", "zb-h1")) {
                assertThat(line(plan(preset, number, "pipeline.schedule=" + schedule)))
                        .as("%s, %d stages", schedule, stages)
                        .isEqualTo(expected);
            }
            int chunks = stages == 1 ? 1 : stages == 3 ? 3 : 2;
            assertThat(line(plan(
                            preset,
                            "pipeline.schedule=interleaved-1f1b",
                            "pipeline.ranks=" + stages / chunks,
                            "pipeline.chunks=" + chunks)))
                    .as("interleaved-1f1b, %d stages", stages)
                    .isEqualTo(expected);
            RunPlan stream = plan(preset, number, "pipeline.schedule=async-1f1b");
            assertThat(line(stream)).as("async-1f1b, %d stages", stages).isEqualTo(reference(stream));
        }
    }

    @ParameterizedTest
    @CsvSource({"cnn, 4", "lstm-char, 2", "gpt-tiny, 4"})
    void twoReplicas(String preset, int most) {
        String expected = reference(plan(preset, "pipeline.ranks=2", "pipeline.schedule=chimera"));
        for (int ranks = 2; ranks <= most; ranks += 2) {
            assertThat(line(plan(preset, "pipeline.ranks=" + ranks, "pipeline.schedule=chimera")))
                    .as("%s, %d ranks", preset, ranks)
                    .isEqualTo(expected);
            assertThat(line(plan(preset, "pipeline.ranks=" + ranks / 2, "pipeline.replicas=2")))
                    .as("%s, %d ranks side by side", preset, ranks)
                    .isEqualTo(expected);
            RunPlan streams =
                    plan(preset, "pipeline.ranks=" + ranks / 2, "pipeline.replicas=2", "pipeline.schedule=async-1f1b");
            assertThat(line(streams))
                    .as("%s, %d ranks without a flush", preset, ranks)
                    .isEqualTo(reference(streams));
        }
    }

    /** Lines of 1 to 12 characters: with more padding the same is learnt, by any line of stages. */
    @Test
    void sequencesOfDifferentLength(@TempDir Path folder) throws IOException {
        Path text = folder.resolve("lines.txt");
        Files.write(
                text,
                IntStream.range(0, 60)
                        .mapToObj(i -> "abcdefghijkl".substring(0, 1 + i * 7 % 12))
                        .toList());
        String[] settings = {"data.text=" + text, "data.text-samples=lines", "training.steps=6", "data.context=12"};
        RunPlan plan = planOfOtherData("lstm-char", settings);
        String expected = reference(plan);
        settings[3] = "data.context=20";
        RunPlan padded = planOfOtherData("lstm-char", settings);

        assertThat(line(plan)).isEqualTo(expected);
        assertThat(ReferenceRun.of(padded, TrainingListener.SILENT).run().loss())
                .isCloseTo(ReferenceRun.of(plan, TrainingListener.SILENT).run().loss(), within(1e-6));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cnn", "lstm-char", "gpt-tiny"})
    void alsoWithBfloat16(String preset) {
        RunPlan bf16 = plan(preset, "pipeline.stages=2", "training.precision=bf16");

        assertThat(line(bf16)).isEqualTo(reference(bf16)).isNotEqualTo(reference(plan(preset)));
    }

    /** Gradients are put off until somebody looks at them: two sums, one for each replica; their norm; a stream's steps. */
    @ParameterizedTest
    @CsvSource({
        "mlp-mnist, chimera, clip-norm=0.01",
        "mlp-mnist, zb-h1, clip-norm=0.01",
        "mlp-mnist, async-1f1b, clip-norm-per-stage=0.01",
        "gpt-tiny, chimera, clip-norm=0.01"
    })
    void everyWayOfAddingUpWithBfloat16(String preset, String schedule, String clip) {
        List<String> settings = List.of("pipeline.ranks=2", "pipeline.schedule=" + schedule, "training.precision=bf16");
        RunPlan plain = plan(preset, settings.toArray(String[]::new));
        RunPlan clipped = plan(
                preset,
                Stream.concat(settings.stream(), Stream.of("training." + clip)).toArray(String[]::new));

        assertThat(line(clipped)).isEqualTo(reference(clipped)).isNotEqualTo(reference(plain));
    }
}
