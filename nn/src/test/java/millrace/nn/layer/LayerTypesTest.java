package millrace.nn.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LayerTypesTest {
    static Stream<LayerType> types() {
        return LayerTypes.all().stream();
    }

    /** Defaults, and 2 where there is none. */
    private record Smallest(LayerType type) implements LayerSettings {
        private Object value(String key) {
            LayerKey found = type.keys().stream()
                    .filter(known -> known.name().equals(key))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(type.name() + " reads a key that it does not name: " + key));
            return found.standard() == null ? 2 : found.standard();
        }

        @Override
        public int integer(String key) {
            return (Integer) value(key);
        }

        @Override
        public List<Integer> integers(String key, int count) {
            return Collections.nCopies(count, integer(key));
        }

        @Override
        public double number(String key) {
            return ((Number) value(key)).doubleValue();
        }

        @Override
        public boolean flag(String key) {
            return (Boolean) value(key);
        }

        @Override
        public String text(String key) {
            return (String) value(key);
        }

        @Override
        public <E extends Enum<E>> E choice(String key, Class<E> constants) {
            return Enum.valueOf(constants, text(key).toUpperCase(Locale.ROOT).replace('-', '_'));
        }

        @Override
        public List<Block> layers(String key) {
            return value(key) instanceof List ? List.of() : List.of(Layers.relu());
        }

        @Override
        public IllegalArgumentException problem(String key, Object value, String expected) {
            return new IllegalArgumentException(key + ": " + value + " (expected: " + expected + ")");
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void makeLayersOfTheirNameFromTheKeysThatTheyName(LayerType type) {
        Block made = type.factory().apply(new Smallest(type));

        assertThat(made.layers()).isNotEmpty();
        if (made instanceof Layer layer) {
            assertThat(layer.type()).isEqualTo(type.name());
        }
        assertThat(type.description()).isNotBlank().doesNotContain("\n");
        assertThat(type.shapes()).isNotBlank().doesNotContain("\n");
    }

    @Test
    void unknownNamesListTheKnown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LayerTypes.named("conv"))
                .withMessageStartingWith("type: conv (expected: one of dense, relu, leaky-relu,")
                .withMessageContaining("transformer-block, residual");
    }

    @Test
    void keysAreUnlike() {
        LayerKey key = LayerKey.required("size");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LayerType("twice", "", "", List.of(key, key), settings -> Layers.relu()))
                .withMessage("layer twice, key: size (expected: each once, and none is called type)");
        assertThat(key).hasToString("size");
        assertThat(LayerKey.optional("bias", true)).hasToString("bias = true");
    }
}
