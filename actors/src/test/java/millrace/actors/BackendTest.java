package millrace.actors;

import static millrace.nn.layer.Layers.attention;
import static millrace.nn.layer.Layers.batchNorm;
import static millrace.nn.layer.Layers.conv2d;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.dropout;
import static millrace.nn.layer.Layers.flatten;
import static millrace.nn.layer.Layers.gelu;
import static millrace.nn.layer.Layers.gru;
import static millrace.nn.layer.Layers.layerNorm;
import static millrace.nn.layer.Layers.lstm;
import static millrace.nn.layer.Layers.maxPool2d;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.residual;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.ReferenceRun;
import millrace.nn.backend.Backend;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.kernel.Precision;
import millrace.nn.model.Model;
import millrace.nn.optimizer.DelayCorrection;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.nn.weights.NamedTensor;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The whole line on other kernels: it computes what their own reference does, and nearly what the fast ones do. */
class BackendTest {
    /** With a layer for each kind of kernel. */
    enum Network {
        IMAGES,
        SEQUENCES;

        private Model model() {
            return switch (this) {
                case IMAGES ->
                    Model.of(
                            Shape.of(1, 6, 6),
                            conv2d(4, 3, 1, 1),
                            batchNorm(),
                            relu(),
                            maxPool2d(2),
                            flatten(),
                            dropout(0.2f),
                            dense(8),
                            gelu(),
                            dense(3));
                case SEQUENCES ->
                    Model.of(
                            Shape.of(4, 9),
                            gru(8),
                            residual(layerNorm(), attention(2)),
                            lstm(6),
                            flatten(),
                            dense(7),
                            dense(3));
            };
        }

        private PlanBuilder plan(Backend backend) {
            return new PlanBuilder()
                    .model(model())
                    .train(samples(22, 1))
                    .test(samples(9, 2))
                    .policy(UpdatePolicy.of(new Optimizer.Sgd(0.05, 0.9)))
                    .line(2, "1f1b", 4)
                    .epochs(2)
                    .backend(backend);
        }

        private Dataset samples(int count, long seed) {
            return new RandomClassesSource(count, 36, 3, seed).generate().withSampleShape(model().inputShape());
        }
    }

    private static RunPlan stream(RunPlan plan, WeightPolicy weights) {
        return plan.streamed(new StreamSpec(2, 2, 0, weights));
    }

    private static RunResult checked(RunPlan plan) {
        RunResult result = PipelineRun.start(plan, TrainingListener.SILENT).await();
        RunResult reference = ReferenceRun.of(plan, TrainingListener.SILENT).run();
        assertThat(result.finalState().weightsSha256())
                .isEqualTo(reference.finalState().weightsSha256());
        assertThat(result.evaluations()).isEqualTo(reference.evaluations());
        return result;
    }

    private static void assertNearlyTheSame(RunResult scalar, RunResult fast) {
        assertThat(scalar.finalState().weightsSha256())
                .as("sums in another order have other bits: otherwise the backend was not asked")
                .isNotEqualTo(fast.finalState().weightsSha256());
        List<NamedTensor> found = scalar.finalState().weights();
        List<NamedTensor> expected = fast.finalState().weights();
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < found.size(); i++) {
            float[] numbers = found.get(i).tensor().toFloats();
            float[] others = expected.get(i).tensor().toFloats();
            for (int j = 0; j < others.length; j++) {
                assertThat(numbers[j])
                        .as("%s, element %d", expected.get(i).name(), j)
                        .isCloseTo(others[j], within(1e-3f));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFlushingLineComputesWithThePlansBackend(Network network) {
        RunResult scalar = checked(network.plan(Backend.scalar()).build());
        RunResult fast = checked(network.plan(Backend.fast()).build());

        assertNearlyTheSame(scalar, fast);
    }

    /** What runs in a JVM that was started without the module of the Vector API. */
    @ParameterizedTest
    @EnumSource
    void aLineComputesWithPlainLoopsBesideTheFastProducts(Network network) {
        RunResult plain = checked(network.plan(Backend.plain()).build());
        RunResult fast = checked(network.plan(Backend.fast()).build());

        assertNearlyTheSame(plain, fast);
    }

    @ParameterizedTest
    @EnumSource(
            value = WeightPolicy.class,
            names = {"STASH", "PREDICT"})
    void aStreamComputesWithThePlansBackend(WeightPolicy weights) {
        Network network = Network.IMAGES;

        RunResult scalar = checked(stream(network.plan(Backend.scalar()).build(), weights));
        RunResult fast = checked(stream(network.plan(Backend.fast()).build(), weights));

        assertNearlyTheSame(scalar, fast);
    }

    @ParameterizedTest
    @CsvSource({"LIVE, 0.135, 0", "STASH, 0, 0.04"})
    void correctionsOfLateGradientsComputeWithThePlansBackend(
            WeightPolicy weights, double discrepancy, double compensation) {
        UpdatePolicy policy =
                UpdatePolicy.of(new Optimizer.Sgd(0.05, 0.9)).with(new DelayCorrection(0, discrepancy, compensation));
        Network network = Network.IMAGES;

        RunResult scalar =
                checked(stream(network.plan(Backend.scalar()).policy(policy).build(), weights));
        RunResult fast =
                checked(stream(network.plan(Backend.fast()).policy(policy).build(), weights));

        assertNearlyTheSame(scalar, fast);
    }

    @ParameterizedTest
    @EnumSource
    void roundedFactorsAreTheBackendsToo(Network network) {
        Model rounded = network.model().with(Precision.BF16);

        RunResult scalar = checked(network.plan(Backend.scalar()).model(rounded).build());
        RunResult exact = checked(network.plan(Backend.scalar()).build());

        assertThat(scalar.finalState().weightsSha256())
                .isNotEqualTo(exact.finalState().weightsSha256());
    }
}
