package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Map;
import millrace.actors.plan.RunPlan;
import millrace.app.Program;
import millrace.app.cluster.Plans;
import millrace.app.config.RunFile;
import org.junit.jupiter.api.Test;

class RecomputeTest {
    private static final String RUN = "train digits --steps 4 --batch 32 --micro-batches 8 --ranks 2"
            + " -D checkpoint.enabled=false -D model.layers=[{type=dense,units=64},batch-norm,relu,dropout,"
            + "{type=dense,units=48},tanh,{type=dropout,p=0.2},{type=dense,units=10}]";

    private static Config done(String words) {
        return Program.done(words).event("done");
    }

    @Test
    void theWeightsAreTheSameAndFewerBytesAreHeld() {
        for (String schedule : List.of("gpipe", "1f1b", "zb-h1", "interleaved-1f1b", "async-1f1b")) {
            Config kept = done(RUN + " --schedule " + schedule);
            Config again = done(RUN + " --recompute --schedule " + schedule);

            assertThat(again.getString("weights_sha256")).as(schedule).isEqualTo(kept.getString("weights_sha256"));
            assertThat(sum(again)).as(schedule).isLessThan(sum(kept));
        }
    }

    private static long sum(Config done) {
        return done.getLongList("peak_activation_bytes").stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    @Test
    void someStagesCanBeNamed() {
        List<Long> kept = done(RUN + " --schedule gpipe").getLongList("peak_activation_bytes");
        List<Long> some =
                done(RUN + " --schedule gpipe -D pipeline.recompute=[1]").getLongList("peak_activation_bytes");

        assertThat(some.get(0)).isEqualTo(kept.get(0));
        assertThat(some.get(1)).isLessThan(kept.get(1));
        assertThat(Program.run(RUN + " -D pipeline.recompute=[1]").out())
                .anyMatch(line -> line.startsWith("  stage 1: ") && line.endsWith(", activations recomputed"))
                .noneMatch(line -> line.startsWith("  stage 0: ") && line.endsWith(", activations recomputed"));
    }

    @Test
    void someLayersCanBeNamed() {
        Config kept = done(RUN + " --schedule gpipe");
        Config some = done(RUN + " --schedule gpipe -D pipeline.recompute-layers=[1,2,3]");

        assertThat(some.getString("weights_sha256")).isEqualTo(kept.getString("weights_sha256"));
        assertThat(sum(some)).isLessThan(sum(kept));
        assertThat(Program.run(RUN + " -D pipeline.recompute-layers=[1,2]").out())
                .anyMatch(line ->
                        line.startsWith("  stage 0: ") && line.endsWith(", activations of some layers recomputed"));
    }

    @Test
    void theSettingTravelsWithTheRunOrder() {
        Config config = RunFile.resolve(
                "digits", List.of("pipeline.recompute=[1]"), Map.of("pipeline.stages", "2", "training.steps", 1));

        RunPlan plan = new Plans().plan(RunFile.render(config)).overNetwork(3);

        assertThat(List.of(plan.recomputes(0), plan.recomputes(1))).containsExactly(false, true);
    }

    @Test
    void whatDoesNotFitIsOneLine() {
        refused(" -D pipeline.recompute=[2]", "recompute: stage 2 (expected: 0 to 1, the run has 2 stages)");
        refused(" -D pipeline.recompute=some", "pipeline.recompute: some (expected: true or false)");
        refused(" -D pipeline.recompute=[a]", "pipeline.recompute: [a] (expected: a list of whole numbers)");
        refused(" --recompute --schedule async-1f1b --weights live", "recompute: with weights live (expected: weights");
    }

    private static void refused(String words, String message) {
        Program program = Program.run(RUN + words);
        assertThat(program.status()).as(words).isEqualTo(2);
        assertThat(program.err()).startsWith("error: " + message).hasLineCount(1);
    }
}
