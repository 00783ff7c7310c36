package millrace.nn.golden;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** One file of values made with PyTorch: lines {@code name sizes : values}, written by make_golden.py beside them. */
public final class Golden {
    private final Map<String, Shape> shapes = new HashMap<>();
    private final Map<String, double[]> values = new HashMap<>();

    private Golden(String text) {
        for (String line : text.lines().toList()) {
            if (!line.startsWith("#")) {
                int colon = line.indexOf(" : ");
                int space = line.indexOf(' ');
                String name = line.substring(0, space);
                shapes.put(name, Shape.of(sizes(line.substring(space + 1, colon))));
                values.put(name, numbers(line.substring(colon + 3)));
            }
        }
    }

    /** The golden file of that name. */
    public static Golden read(String name) {
        try (InputStream in = Golden.class.getResourceAsStream(name + ".txt")) {
            return new Golden(new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public boolean has(String name) {
        return values.containsKey(name);
    }

    public Shape shape(String name) {
        return Objects.requireNonNull(shapes.get(name), name);
    }

    public double[] doubles(String name) {
        return Objects.requireNonNull(values.get(name), name).clone();
    }

    public float[] floats(String name) {
        double[] from = doubles(name);
        float[] result = new float[from.length];
        for (int i = 0; i < from.length; i++) {
            result[i] = (float) from[i];
        }
        return result;
    }

    public Tensor tensor(Arena arena, String name) {
        return Tensor.of(arena, shape(name), floats(name));
    }

    /** As class labels or tokens, in their shape. */
    public Tensor labels(Arena arena, String name) {
        return Tensor.labels(
                        arena,
                        Arrays.stream(doubles(name)).mapToInt(d -> (int) d).toArray())
                .reshape(shape(name));
    }

    private static int[] sizes(String text) {
        return Arrays.stream(text.split("x", -1)).mapToInt(Integer::parseInt).toArray();
    }

    private static double[] numbers(String text) {
        return Arrays.stream(text.split(" ", -1))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }
}
