package millrace.actors.wire;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.plan.TrainingData;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.SequentialRun;
import millrace.nn.data.Dataset;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.kernel.Precision;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.LearningRate;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.schedule.Schedules;
import millrace.schedule.order.Flushed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Training in one JVM with every packet turned into bytes and back ({@code akka.actor.serialize-messages}): the same
 * weights to the bit, each packet serialized once, and every buffer back in its pool, which the drain at the end of a
 * run checks.
 */
class SerializedRunTest {
    private static final int SAMPLES = 64;
    private static final int BATCH = 16;
    private static final int MICRO_BATCHES = 4;
    private static final int EPOCHS = 3;
    private static final Config SERIALIZING = ConfigFactory.parseString("""
        akka.actor.serialize-messages = on
        akka.actor.serializers.millrace = "millrace.actors.wire.CountingSerializer"
        """);

    @ParameterizedTest
    @CsvSource({"2, 1f1b, F32", "2, gpipe, F32", "3, 1f1b, F32", "3, 1f1b, BF16"})
    void sameWeights(int stages, String schedule, Precision messages) {
        RunPlan plan = plan(stages, schedule, messages);
        CountingSerializer.SERIALIZED.set(0);
        CountingSerializer.PARSED.set(0);
        RunResult serialized =
                PipelineRun.start(plan, TrainingListener.SILENT, SERIALIZING).await();

        int micro = EPOCHS * SAMPLES / BATCH * MICRO_BATCHES;
        int chunks = EPOCHS * SAMPLES / (BATCH / MICRO_BATCHES);
        assertThat(CountingSerializer.SERIALIZED).hasValue((long) (stages - 1) * (2 * micro + chunks));
        assertThat(CountingSerializer.PARSED).hasValue(CountingSerializer.SERIALIZED.get());

        RunResult handedOver = PipelineRun.start(plan, TrainingListener.SILENT).await();
        RunResult sequential = new SequentialRun(plan, TrainingListener.SILENT).run();
        assertThat(serialized.finalState().weightsSha256())
                .isEqualTo(handedOver.finalState().weightsSha256())
                .isEqualTo(sequential.finalState().weightsSha256());
        assertThat(serialized.evaluations()).isEqualTo(sequential.evaluations());
    }

    @Test
    void replicasOverTheWire() {
        RunPlan plan = plan(2, "chimera", Precision.F32);
        RunResult serialized =
                PipelineRun.start(plan, TrainingListener.SILENT, SERIALIZING).await();

        RunResult sequential = new SequentialRun(plan, TrainingListener.SILENT).run();
        assertThat(serialized.finalState().weightsSha256())
                .isEqualTo(sequential.finalState().weightsSha256());
        assertThat(serialized.evaluations()).isEqualTo(sequential.evaluations());
    }

    private static RunPlan plan(int stages, String schedule, Precision messages) {
        Model model = Model.of(Shape.of(6), dense(12), relu(), dense(9), relu(), dense(3));
        UpdatePolicy policy =
                new UpdatePolicy(new Optimizer.Adam(1e-2), new LearningRate.Constant(), 1, GradientShaping.NONE);
        return new RunPlan(
                new TrainingSpec(model, Losses.crossEntropy(), policy, BATCH, MICRO_BATCHES, true, 5).sending(messages),
                Partition.balanced(model, stages),
                new Flushed(Schedules.generate(schedule, stages, MICRO_BATCHES)),
                new TrainingData(samples(1), null, samples(2)),
                new RunPlan.Limits(EPOCHS, 0),
                Optional.empty(),
                2,
                Start.FRESH);
    }

    private static Dataset samples(long seed) {
        Random random = new Random(seed);
        float[] inputs = new float[SAMPLES * 6];
        int[] labels = new int[SAMPLES];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = (float) random.nextGaussian();
        }
        for (int i = 0; i < labels.length; i++) {
            labels[i] = random.nextInt(3);
        }
        return new Dataset(
                "random",
                Tensor.of(Arena.ofAuto(), Shape.of(SAMPLES, 6), inputs),
                Tensor.labels(Arena.ofAuto(), labels),
                List.of("a", "b", "c"));
    }
}
