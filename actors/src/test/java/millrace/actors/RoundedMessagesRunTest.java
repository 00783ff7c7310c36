package millrace.actors;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.dropout;
import static millrace.nn.layer.Layers.gelu;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.residual;
import static millrace.nn.layer.Layers.tanh;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.link.LinkSpec;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.Recomputed;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.ReferenceRun;
import millrace.nn.kernel.Precision;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedules;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs whose stages send each other bfloat16: the weights and evaluations of the references, which round at the same cuts. */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RoundedMessagesRunTest {
    /** Eight layers with weights, some of them beside a skip connection: its messages have two tensors. */
    private static final Model MODEL = Model.of(
            Shape.of(6),
            dense(9),
            relu(),
            dense(7),
            dropout(0.2f),
            residual(dense(7), tanh(), dense(7), gelu(), dense(7)),
            dense(11),
            relu(),
            dense(5),
            dense(3));

    @TempDir
    private Path folder = Path.of("");

    private static RunPlan plan(String schedule, int ranks, Precision messages) {
        PipelineShape shape = PlanBuilder.shape(schedule, ranks, 4);
        return new PlanBuilder()
                .model(MODEL)
                .schedule(Schedules.generate(schedule, shape))
                .test(PlanBuilder.data(13, 2))
                .messages(messages)
                .epochs(2)
                .build();
    }

    private static RunResult line(RunPlan plan, long seed) {
        LinkSpec twice = new LinkSpec(Duration.ZERO, Duration.ofMillis(2), Double.POSITIVE_INFINITY, 0, 0.2, seed);
        return PipelineRun.start(plan.over(twice), TrainingListener.SILENT).await();
    }

    private static RunResult reference(RunPlan plan) {
        return ReferenceRun.of(plan, TrainingListener.SILENT).run();
    }

    private static void assertSame(RunResult result, RunResult expected, String where) {
        assertThat(result.finalState().weightsSha256())
                .as(where)
                .isEqualTo(expected.finalState().weightsSha256());
        assertThat(result.evaluations()).as(where).isEqualTo(expected.evaluations());
    }

    static Stream<String> schedules() {
        return Schedules.all().stream().map(Generator::name);
    }

    /** Two stages a rank may be neighbours: what they send each other is rounded as between ranks. */
    @ParameterizedTest
    @MethodSource("schedules")
    void everySchedule(String name) {
        long seed = name.hashCode();
        RunPlan plan = plan(name, 2, Precision.BF16);
        boolean again = new Random(seed).nextBoolean();

        RunResult result = line(again ? plan.recomputing(Recomputed.stages(Set.of(0, 1))) : plan, seed);

        assertSame(result, reference(plan), name + (again ? ", recomputing" : "") + ", seed " + seed);
        assertThat(result.finalState().weightsSha256())
                .isNotEqualTo(
                        reference(plan(name, 2, Precision.F32)).finalState().weightsSha256());
    }

    @ParameterizedTest
    @EnumSource(WeightPolicy.class)
    void everyStream(WeightPolicy policy) {
        RunPlan plan = plan("1f1b", 3, Precision.BF16).streamed(new StreamSpec(3, 2, 0, policy));

        assertSame(line(plan, 5), reference(plan), policy.name());
    }

    /** Stages that are not cut send nothing. */
    @Test
    void oneStageIsAsItWas() {
        assertSame(reference(plan("1f1b", 1, Precision.BF16)), reference(plan("1f1b", 1, Precision.F32)), "one stage");
    }

    private Training training() {
        return Training.of(MODEL)
                .messages(Precision.BF16)
                .microBatches(4)
                .batch(8)
                .epochs(2)
                .stages(3);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRunGoesOnAsItself(boolean stream) {
        StreamSpec spec = new StreamSpec(3, 2, 0, WeightPolicy.STASH);
        Path run = folder.resolve("run");
        String whole = (stream ? training().stream(spec) : training())
                .fitSequentially(PlanBuilder.data(40, 1))
                .result()
                .weightsSha256();
        (stream ? training().stream(spec) : training())
                .steps(4)
                .checkpoints(run)
                .fit(PlanBuilder.data(40, 1));

        Training second = (stream ? training().stream(spec) : training()).resume(run);

        assertThat(second.fit(PlanBuilder.data(40, 1)).result().weightsSha256()).isEqualTo(whole);
    }

    @Test
    void aRunThatGoesOnCutElsewhereIsTold() {
        Path run = folder.resolve("run");
        training().steps(4).checkpoints(run).fit(PlanBuilder.data(40, 1));
        List<TrainingEvent> events = new ArrayList<>();

        training().stages(2).resume(run).listener(events::add).fit(PlanBuilder.data(40, 1));

        assertThat(events.stream().filter(TrainingEvent.Noticed.class::isInstance))
                .singleElement()
                .asString()
                .contains("messages: bf16 before layers ")
                .contains("(the checkpoint was made with bf16 before layers ")
                .contains("what stages send each other is rounded otherwise from here on");
    }
}
