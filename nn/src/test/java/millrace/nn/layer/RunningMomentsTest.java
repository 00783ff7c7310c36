package millrace.nn.layer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Memory;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.StageStatistics;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Running means that replicas gather and follow together against those that see one micro-batch after the other. */
class RunningMomentsTest {
    static LongStream seeds() {
        return LongStream.rangeClosed(1, 40);
    }

    /** Two layers of a stage, the second deferred. */
    private record Copy(List<RunningMoments> layers, List<Parameter> buffers) {
        static Copy of(Arena arena, int channels) {
            List<RunningMoments> layers = new ArrayList<>();
            List<Parameter> buffers = new ArrayList<>();
            for (int layer = 0; layer < 2; layer++) {
                ParameterSpec mean = new ParameterSpec("running_mean", Shape.of(channels), Initializer.ZEROS, 1, 1);
                ParameterSpec variance = new ParameterSpec("running_var", Shape.of(channels), Initializer.ONES, 1, 1);
                buffers.add(new Parameter(arena, layer, 0, mean, 1));
                buffers.add(new Parameter(arena, layer, 1, variance, 1));
                layers.add(new RunningMoments(
                        0.3f, layer == 1, channels, buffers.get(2 * layer), buffers.get(2 * layer + 1)));
            }
            return new Copy(layers, buffers);
        }

        void see(int values, MemorySegment moments, boolean first) {
            layers.forEach(layer -> layer.add(values, moments, first));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void followTheMicroBatchesOfAllReplicasInOrder(long seed) {
        Random random = new Random(seed);
        int replicas = 2 + random.nextInt(3);
        int channels = 1 + random.nextInt(5);
        try (Arena arena = Arena.ofShared()) {
            Copy expected = Copy.of(arena, channels);
            List<Copy> copies = new ArrayList<>();
            List<StageStatistics> statistics = new ArrayList<>();
            for (int replica = 0; replica < replicas; replica++) {
                copies.add(Copy.of(arena, channels));
                statistics.add(new StageStatistics(
                        arena, List.copyOf(copies.get(replica).layers()), 9, 0));
            }
            for (int step = 0; step < 3; step++) {
                boolean first = true;
                for (Copy copy : copies) {
                    int microBatches = 1 + random.nextInt(3);
                    boolean firstOfCopy = true;
                    for (int i = 0; i < microBatches; i++) {
                        // of an empty micro-batch, of a single value, of some
                        int values = random.nextInt(5);
                        MemorySegment moments = Memory.allocate(arena, 2L * channels);
                        for (int c = 0; c < channels; c++) {
                            moments.setAtIndex(JAVA_FLOAT, c, (float) random.nextGaussian());
                            moments.setAtIndex(JAVA_FLOAT, channels + c, random.nextFloat());
                        }
                        copy.see(values, moments, firstOfCopy);
                        expected.see(values, moments, first);
                        first = false;
                        firstOfCopy = false;
                    }
                }
                List<Tensor> shares =
                        statistics.stream().map(StageStatistics::share).toList();
                statistics.forEach(of -> of.follow(shares));
                shares.forEach(Tensor::release);
                for (Copy copy : copies) {
                    for (int i = 0; i < expected.buffers().size(); i++) {
                        assertThat(copy.buffers()
                                        .get(i)
                                        .value()
                                        .mismatch(expected.buffers().get(i).value()))
                                .as("seed %d, step %d, buffer %d", seed, step, i)
                                .isEqualTo(-1);
                    }
                }
            }
            statistics.forEach(of -> assertThat(of.pool().inUse()).isZero());
        }
    }
}
