package millrace.nn.weights;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** What a file of weights holds, in words: for who has taken a wrong file, or one whose names are others. */
record FoundTensors(Map<String, Tensor> byName) {
    private static final int MOST_LISTED = 6;

    /** {@code it holds 3 tensors: 0.weight 3x2, 0.bias 3 and 1 more}. */
    String words() {
        List<String> each = byName.entrySet().stream()
                .map(tensor ->
                        printable(tensor.getKey()) + " " + tensor.getValue().shape()
                                + (tensor.getValue().type() == ElementType.F32 ? "" : " of whole numbers"))
                .toList();
        return "it holds " + (each.isEmpty() ? "no tensor" : count(each.size()) + ": " + listed(each));
    }

    private static String count(int tensors) {
        return tensors == 1 ? "1 tensor" : tensors + " tensors";
    }

    /**
     * Which names were meant by which, as far as shapes tell: where each missing tensor has exactly one of its shape among those
     * that are too many, and that one belongs to no other.
     *
     * @param missing shapes by the names that the network has
     * @param surplus names that it has not
     * @return what to rename; empty where shapes leave it open
     */
    Optional<String> renaming(SequencedMap<String, Shape> missing, List<String> surplus) {
        SequencedMap<String, String> renamed = new LinkedHashMap<>();
        for (Map.Entry<String, Shape> wanted : missing.entrySet()) {
            List<String> candidates = surplus.stream()
                    .filter(name -> wanted.getValue().equals(shape(name)))
                    .toList();
            if (candidates.size() != 1 || renamed.containsValue(candidates.getFirst())) {
                return Optional.empty();
            }
            renamed.put(wanted.getKey(), candidates.getFirst());
        }
        List<String> each = renamed.entrySet().stream()
                .map(pair -> printable(pair.getValue()) + " to " + pair.getKey())
                .toList();
        return each.isEmpty() ? Optional.empty() : Optional.of("by its shapes, rename " + listed(each));
    }

    /** The tensors that could be the one that is missing: of its shape, among those that are too many. */
    Optional<String> ofShape(Shape wanted, List<String> surplus) {
        List<String> names = surplus.stream()
                .filter(name -> wanted.equals(shape(name)))
                .map(FoundTensors::printable)
                .toList();
        return names.isEmpty() ? Optional.empty() : Optional.of("of that shape it has " + listed(names));
    }

    private Shape shape(String name) {
        Tensor tensor = byName.get(name);
        if (tensor == null) {
            throw new IllegalStateException("tensor that the file has not: " + name);
        }
        return tensor.shape();
    }

    /** The first names, and how many more there are. */
    static String listed(List<String> names) {
        List<String> shown = new ArrayList<>(names.subList(0, Math.min(MOST_LISTED, names.size())));
        return shown.stream().map(FoundTensors::printable).collect(Collectors.joining(", "))
                + (names.size() > MOST_LISTED ? " and " + (names.size() - MOST_LISTED) + " more" : "");
    }

    /** A name from a file, which may hold anything. */
    private static String printable(String name) {
        return name.replaceAll("\\P{Print}", "?");
    }
}
