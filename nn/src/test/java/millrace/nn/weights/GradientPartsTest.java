package millrace.nn.weights;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.scalar.ScalarKernels;
import millrace.nn.layer.Parameter;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients that are exchanged in parts against whole copies of them. */
class GradientPartsTest {
    private static final Kernels KERNELS = new ScalarKernels();

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 60);
    }

    /** One replica's copy of a stage: layers of one to three parameters, some of them with padded rows. */
    private static List<Parameter> parameters(Arena arena, long seed) {
        Random random = new Random(seed);
        List<Parameter> parameters = new ArrayList<>();
        int layers = 1 + random.nextInt(4);
        for (int layer = 0; layer < layers; layer++) {
            int ofLayer = 1 + random.nextInt(3);
            for (int index = 0; index < ofLayer; index++) {
                Shape shape = random.nextBoolean()
                        ? Shape.of(1 + random.nextInt(9))
                        : Shape.of(1 + random.nextInt(5), 1 + random.nextInt(40));
                int padding = 16 * random.nextInt(2);
                parameters.add(new Parameter(
                        arena,
                        2 * layer + 1,
                        index,
                        new ParameterSpec("p" + index, shape, Initializer.ZEROS, 1, 1),
                        0,
                        (rows, columns) -> rows == 1 ? columns : columns + padding));
            }
        }
        return parameters;
    }

    private static void fill(List<Parameter> parameters, Random random) {
        for (Parameter parameter : parameters) {
            long elements = parameter.shape().size();
            for (long i = 0; i < elements; i++) {
                float value = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(8)));
                long columns = elements
                        / (parameter.shape().rank() < 2 ? 1 : parameter.shape().dimension(0));
                parameter.gradient().setAtIndex(JAVA_FLOAT, i / columns * parameter.stride() + i % columns, value);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void allReplicasHaveTheSumOfWholeCopies(long seed) {
        Random random = new Random(seed);
        int replicas = 2 + random.nextInt(3);
        long bucket = 1L + random.nextInt(60);
        String where = "seed " + seed + ": " + replicas + " replicas, buckets of " + bucket;
        try (Arena arena = Arena.ofShared()) {
            List<List<Parameter>> copies = new ArrayList<>();
            List<GradientParts> parts = new ArrayList<>();
            List<Tensor> whole = new ArrayList<>();
            for (int replica = 0; replica < replicas; replica++) {
                copies.add(parameters(arena, seed));
                parts.add(new GradientParts(arena, copies.get(replica), replicas, 0, bucket));
                fill(copies.get(replica), random);
                whole.add(new ReplicaGradients(arena, copies.get(replica), 1).copy());
            }

            long[] owned = new long[replicas];
            for (int b = 0; b < parts.getFirst().buckets(); b++) {
                for (int owner = 0; owner < replicas; owner++) {
                    int bucketOf = b;
                    int part = owner;
                    List<Tensor> shares =
                            parts.stream().map(of -> of.share(bucketOf, part)).toList();
                    Tensor sum = parts.get(owner).sum(KERNELS, b, owner, shares);
                    parts.forEach(of -> of.accept(bucketOf, part, sum));
                    owned[owner] += sum.shape().size();
                    sum.release();
                    shares.forEach(Tensor::release);
                }
            }

            List<Parameter> expected = parameters(arena, seed);
            new ReplicaGradients(arena, expected, 1).sum(KERNELS, whole);
            long elements = 0;
            for (int i = 0; i < expected.size(); i++) {
                elements += expected.get(i).shape().size();
                for (List<Parameter> copy : copies) {
                    assertThat(copy.get(i).gradient().mismatch(expected.get(i).gradient()))
                            .as("%s, parameter %d", where, i)
                            .isEqualTo(-1);
                }
            }
            assertThat(LongStream.of(owned).sum()).as(where).isEqualTo(elements);
            assertThat(LongStream.of(owned).max().orElseThrow()
                            - LongStream.of(owned).min().orElseThrow())
                    .as(where)
                    .isLessThanOrEqualTo(1);
            parts.forEach(of -> assertThat(of.pool().inUse()).as(where).isZero());
        }
    }

    /** A bucket is complete with the first of its layers, which a backward comes to last. */
    @Test
    void bucketsAreOfWholeLayersFromTheLastOn() {
        try (Arena arena = Arena.ofShared()) {
            List<Parameter> parameters = new ArrayList<>();
            for (int layer : new int[] {0, 2, 2, 3, 5}) {
                ParameterSpec spec = new ParameterSpec("p", Shape.of(10), Initializer.ZEROS, 1, 1);
                parameters.add(new Parameter(arena, layer, 0, spec, 0));
            }
            GradientParts parts = new GradientParts(arena, parameters, 2, 0, 20);

            assertThat(parts.buckets()).isEqualTo(3);
            assertThat(parts.completedBy(5)).isEmpty();
            assertThat(parts.completedBy(3)).hasValue(0);
            assertThat(parts.completedBy(2)).hasValue(1);
            assertThat(parts.completedBy(0)).hasValue(2);
        }
    }

    @Test
    void aShareOfAnotherModelIsRefused() {
        try (Arena arena = Arena.ofShared()) {
            ParameterSpec spec = new ParameterSpec("p", Shape.of(10), Initializer.ZEROS, 1, 1);
            GradientParts parts = new GradientParts(arena, List.of(new Parameter(arena, 0, 0, spec, 0)), 2, 0);
            Tensor other = Tensor.zeros(arena, ElementType.F32, Shape.of(4));

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> parts.accept(0, 0, other))
                    .withMessageStartingWith("part of a stage's gradients: ")
                    .withMessageEndingWith(" (expected: 5 elements, as this replica has)");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> parts.sum(KERNELS, 0, 0, List.of(other, other)))
                    .withMessageContaining("(expected: 5 elements");
        }
    }
}
