package millrace.nn.weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import millrace.nn.io.Safetensors;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.model.Model;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * The weights of a model as one safetensors file, the form in which PyTorch's {@code nn.Sequential} has them:
 * {@code safetensors.torch.save_file(model.state_dict(), file)} there, {@code model.load_state_dict(load_file(file))} back.
 */
public final class WeightsFile {
    // PyTorch's batch normalization counts its batches, for a momentum of None alone, which there is none of here
    private static final String COUNTER = ".num_batches_tracked";

    private final Path path;
    private final Model model;

    private final FoundTensors found;

    private WeightsFile(Path path, Model model, Map<String, Tensor> found) {
        this.path = path;
        this.model = model;
        this.found = new FoundTensors(new LinkedHashMap<>(found));
    }

    /** What the model has under a name. */
    private record Expected(int layer, String type, Shape shape) {
        @Override
        public String toString() {
            return shape + ", layer " + layer + " (" + type + ")";
        }
    }

    /**
     * Reads the weights of a model: each of them with what layers save beside (running means), and nothing else but
     * the counters of PyTorch's batch normalization, which are left out.
     *
     * @return by PyTorch's names: {@code 0.weight}
     * @throws IllegalArgumentException when the file is not readable, or tensors are missing, surplus, of another shape or
     *     not F32; says which, of which layer, and both shapes
     */
    public static Map<String, Tensor> read(Path path, Model model) {
        return checked(
                path, Safetensors.read(path, name -> name.endsWith(COUNTER)).tensors(), model);
    }

    /**
     * Weights that have been read already, checked as {@link #read} does.
     *
     * @param path where they come from, for what is said about them
     * @param found by PyTorch's names: weights and what layers save beside, without the counters
     * @return the same; a tied weight under both of its names
     * @throws IllegalArgumentException as {@link #read} does
     */
    public static Map<String, Tensor> checked(Path path, Map<String, Tensor> found, Model model) {
        Map<String, Tensor> tensors = new LinkedHashMap<>(found);
        new WeightsFile(path, model, found).completeTied(tensors).check(tensors);
        return tensors;
    }

    /** A tied weight may be there once, as safetensors.torch.save_model leaves it, or twice. */
    private WeightsFile completeTied(Map<String, Tensor> tensors) {
        model.tied().ifPresent(layer -> {
            String copy = layer + ".weight";
            Tensor table = tensors.get(TiedWeight.TABLE);
            Tensor other = tensors.get(copy);
            if (table == null && other != null) {
                tensors.put(TiedWeight.TABLE, other);
            } else if (table != null && other == null) {
                tensors.put(copy, table);
            } else if (TiedWeight.differs(model, tensors)) {
                throw new IllegalArgumentException(path + ": " + TiedWeight.TABLE + " and " + copy
                        + " differ (expected: equal weights, layer " + layer + " is tied to the embedding); is it of a"
                        + " network whose embedding is not tied?");
            }
        });
        return this;
    }

    /**
     * Writes weights in the order of the layers.
     *
     * @param path in a folder that exists; an existing file is replaced
     * @throws IllegalArgumentException when the path cannot be written to
     */
    public static void write(Path path, List<NamedTensor> weights) {
        Safetensors.write(path, NamedTensor.byName(weights), new TreeMap<>(Map.of("format", "pt")));
    }

    private void check(Map<String, Tensor> tensors) {
        SequencedMap<String, Expected> expected = expected();
        List<String> surplus = without(tensors.keySet(), expected.keySet());
        List<String> missing = without(expected.keySet(), tensors.keySet());
        if (!surplus.isEmpty() && !missing.isEmpty()) {
            commonPrefix(tensors.keySet(), expected.keySet()).ifPresent(prefix -> {
                throw problem(
                        "names begin with " + prefix,
                        "names such as " + expected.firstEntry().getKey(),
                        "save the state_dict() of the nn.Sequential itself");
            });
        }
        if (!missing.isEmpty()) {
            String first = missing.getFirst();
            SequencedMap<String, Shape> shapes = new LinkedHashMap<>();
            missing.forEach(name ->
                    shapes.put(name, Objects.requireNonNull(expected.get(name)).shape()));
            String hint = found.renaming(shapes, surplus)
                    .or(() -> found.ofShape(Objects.requireNonNull(shapes.get(first)), surplus))
                    .map(words -> words + "; ")
                    .orElse("");
            throw problem(
                    "no tensor " + FoundTensors.listed(missing),
                    first + " of shape " + expected.get(first),
                    hint + "is it of another network? a layer's number counts layers without weights too");
        }
        if (!surplus.isEmpty()) {
            throw problem(
                    "tensors that the network has not: " + FoundTensors.listed(surplus),
                    "only " + FoundTensors.listed(List.copyOf(expected.keySet())),
                    "is it of another network?");
        }
        expected.forEach((name, wanted) -> {
            Tensor tensor = tensors.get(name);
            if (tensor != null) {
                check(name, tensor, wanted);
            }
        });
    }

    private void check(String name, Tensor found, Expected wanted) {
        if (!found.shape().equals(wanted.shape())) {
            throw problem(
                    name + " has shape " + found.shape(),
                    wanted.toString(),
                    isTransposed(found.shape(), wanted.shape())
                            ? "it is transposed, as Keras has it: Linear weights are out x in"
                            : "is it of another network? Linear weights are out x in");
        }
        if (found.type() != ElementType.F32) {
            throw problem(name + " holds whole numbers", "F32, " + wanted, "convert it where the file was made");
        }
    }

    private static boolean isTransposed(Shape found, Shape wanted) {
        return found.rank() == 2
                && wanted.rank() == 2
                && found.dimension(0) == wanted.dimension(1)
                && found.dimension(1) == wanted.dimension(0);
    }

    private SequencedMap<String, Expected> expected() {
        SequencedMap<String, Expected> expected = new LinkedHashMap<>();
        for (int layer = 0; layer < model.layers().size(); layer++) {
            String type = model.layers().get(layer).type();
            for (List<ParameterSpec> specs : List.of(model.parameters(layer), model.buffers(layer))) {
                for (ParameterSpec spec : specs) {
                    expected.put(layer + "." + spec.name(), new Expected(layer, type, spec.shape()));
                }
            }
        }
        return expected;
    }

    /** What stands before every name, where the names behind it are right: the module was inside another one. */
    private static Optional<String> commonPrefix(Set<String> found, Set<String> expected) {
        String one = found.iterator().next();
        return expected.stream()
                .filter(one::endsWith)
                .map(name -> one.substring(0, one.length() - name.length()))
                .filter(prefix -> prefix.endsWith(".")
                        && found.equals(expected.stream().map(prefix::concat).collect(Collectors.toSet())))
                .findFirst();
    }

    private static List<String> without(Set<String> all, Set<String> others) {
        List<String> rest = new ArrayList<>(all);
        rest.removeAll(others);
        return rest;
    }

    private IllegalArgumentException problem(String what, String expected, String remedy) {
        String contents = (remedy.endsWith("?") ? " " : "; ") + found.words();
        return new IllegalArgumentException(path + ": " + what + " (expected: " + expected + "); " + remedy + contents);
    }
}
