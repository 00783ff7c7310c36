package millrace.nn.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected values are Python's hashlib: printed by make_reference.py in this package's test resources. */
class WeightsDigestTest {
    private static final String WEIGHT_AND_BIAS = "076f8c2219850985d3363d0882e9d5d6a5618b2062996c91039c7c4336e284cb";
    private static final String RAMP = "e53a175d47ae4cc0bab72714baf8bc49bedf85c4d694c45e8c62f16cd04921d4";
    private static final String NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    @Test
    void weightBeforeBias() {
        Tensor weight = Tensor.of(Arena.ofAuto(), Shape.of(2, 3), 1.5f, -2.25f, 3.0e-39f, 2.0e38f, 0.1f, -0f);
        Tensor bias = Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(4));
        int[] bits = {0x7f800000, 0xff800000, 0x7fc01234, 0xffa00001};
        IntStream.range(0, bits.length).forEach(i -> bias.setInt(i, bits[i]));
        assertThat(WeightsDigest.of(List.of(weight, bias))).isEqualTo(WEIGHT_AND_BIAS);
        assertThat(WeightsDigest.of(List.of(bias, weight))).isNotEqualTo(WEIGHT_AND_BIAS);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 7, 64, 3999, 4000, 4001, 1 << 30})
    void piecesOfAnySize(long largest) {
        assertThat(WeightsDigest.of(Stream.of(ramp(0, 1000)), largest)).isEqualTo(RAMP);
    }

    @Test
    void tensorsOfAnySize() {
        assertThat(WeightsDigest.of(List.of(ramp(0, 1), ramp(1, 1), ramp(1, 999), ramp(999, 1000))))
                .isEqualTo(RAMP);
    }

    @Test
    void oneBufferMayServeAll() {
        Tensor buffer = ramp(0, 1);
        Stream<Tensor> packed = IntStream.range(0, 1000).mapToObj(i -> {
            buffer.setFloat(0, i / 8f - 50);
            return buffer;
        });
        assertThat(WeightsDigest.of(packed)).isEqualTo(RAMP);
    }

    @Test
    void noParameters() {
        assertThat(WeightsDigest.of(List.of())).isEqualTo(NOTHING);
    }

    @Test
    void refusesIntegers() {
        assertThatThrownBy(() -> WeightsDigest.of(List.of(Tensor.labels(Arena.ofAuto(), 1, 2))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("parameter: I32[2] (expected: F32); pass weights only");
    }

    private static Tensor ramp(int from, int to) {
        Tensor ramp = Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(to - from));
        for (int i = from; i < to; i++) {
            ramp.setFloat(i - from, i / 8f - 50);
        }
        return ramp;
    }
}
