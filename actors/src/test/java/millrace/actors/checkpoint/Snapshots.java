package millrace.actors.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import millrace.actors.plan.Snapshot;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;

/** Snapshots of a network of two layers under Adam, all bits drawn from step and seed; and a look at the files. */
final class Snapshots {
    private Snapshots() {}

    static Snapshot of(long step, long seed) {
        Random random = new Random(31 * seed + step);
        List<NamedTensor> weights = new ArrayList<>();
        List<NamedTensor> states = new ArrayList<>();
        for (String layer : List.of("0", "2")) {
            for (NamedTensor weight : List.of(
                    new NamedTensor(layer + ".weight", tensor(random, Shape.of(3, 4))),
                    new NamedTensor(layer + ".bias", tensor(random, Shape.of(3))))) {
                weights.add(weight);
                for (String state : List.of("exp_avg", "exp_avg_sq")) {
                    Tensor buffer = tensor(random, weight.tensor().shape());
                    states.add(new NamedTensor(weight.name() + "." + state, buffer));
                }
            }
        }
        return new Snapshot(step, weights, states);
    }

    private static Tensor tensor(Random random, Shape shape) {
        Tensor tensor = Tensor.zeros(Arena.ofAuto(), ElementType.F32, shape);
        for (long i = 0; i < shape.size(); i++) {
            // any bits: NaNs with payloads and -0 must come back as they were
            tensor.memory().setAtIndex(ValueLayout.JAVA_INT, i, i == 0 ? 0x80000000 : random.nextInt());
        }
        return tensor;
    }

    static void assertHolds(Checkpoint checkpoint, Snapshot snapshot) {
        List<NamedTensor> all = new ArrayList<>(snapshot.weights());
        all.addAll(snapshot.optimizerState());
        assertThat(checkpoint.step()).isEqualTo(snapshot.step());
        assertThat(checkpoint.tensors().keySet())
                .containsExactlyElementsOf(all.stream().map(NamedTensor::name).toList());
        for (NamedTensor expected : all) {
            Tensor found = Objects.requireNonNull(checkpoint.tensors().get(expected.name()));
            assertThat(found.shape())
                    .as(expected.name())
                    .isEqualTo(expected.tensor().shape());
            assertThat(found.memory().mismatch(expected.tensor().memory()))
                    .as(expected.name())
                    .isEqualTo(-1);
        }
    }

    static List<String> names(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    /** Everything under a folder: where links lead, what files hold, in hexadecimal. */
    static Map<String, String> tree(Path folder) throws IOException {
        Map<String, String> result = new TreeMap<>();
        try (Stream<Path> entries = Files.walk(folder)) {
            for (Path entry : entries.toList()) {
                String content = Files.isSymbolicLink(entry)
                        ? "-> " + Files.readSymbolicLink(entry)
                        : Files.isDirectory(entry) ? "folder" : Disk.sha256(entry);
                result.put(folder.relativize(entry).toString(), content);
            }
        }
        return result;
    }
}
