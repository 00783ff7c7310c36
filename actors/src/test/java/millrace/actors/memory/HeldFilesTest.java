package millrace.actors.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import millrace.actors.checkpoint.Shards;
import millrace.actors.plan.Snapshot;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in memory is what was written, for as long as the run may go back there. */
class HeldFilesTest {
    @TempDir
    Path folder;

    private List<FileEntry> written(long step) {
        return Shards.write(folder.resolve("step-" + step), 0, 2, snapshot(step));
    }

    private static Snapshot snapshot(long step) {
        Tensor weight = Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(3));
        for (int i = 0; i < 3; i++) {
            weight.setFloat(i, step + 0.25f * i);
        }
        return new Snapshot(step, List.of(new NamedTensor("0.weight", weight)), List.of());
    }

    private List<FileEntry> hold(HeldFiles held, long step) {
        List<FileEntry> files = written(step);
        held.wrote(0, 2, snapshot(step), files);
        return files;
    }

    @Test
    void theBytesAreThoseOfTheFile() throws IOException {
        try (HeldFiles held = new HeldFiles()) {
            FileEntry weights = hold(held, 7).getFirst();
            byte[] onDisk = Files.readAllBytes(folder.resolve("step-7").resolve(weights.name()));

            ByteBuffer head = held.piece(weights, 0, 10).orElseThrow();
            ByteBuffer tail = held.piece(weights, 10, 1 << 20).orElseThrow();

            assertThat(head.remaining()).isEqualTo(10);
            assertThat(ByteBuffer.allocate(onDisk.length).put(head).put(tail).array())
                    .isEqualTo(onDisk);
            assertThat(held.piece(weights, onDisk.length, 1)).isEmpty();
            assertThat(held.tensors(weights).map(Map::keySet))
                    .hasValueSatisfying(names -> assertThat(names).containsExactly("0.weight"));
            assertThat(held.tensors(weights)
                            .map(tensors -> Objects.requireNonNull(tensors.get("0.weight"))
                                    .memory()
                                    .toArray(ValueLayout.JAVA_FLOAT)))
                    .hasValueSatisfying(values -> assertThat(values).containsExactly(7, 7.25f, 7.5f));
        }
    }

    @Test
    void whatIsHeldWithoutACheckpointHasTheBytesOfOne() {
        try (HeldFiles held = new HeldFiles()) {
            List<FileEntry> written = hold(held, 10);
            held.keep(10);

            List<FileEntry> live = held.hold(0, 2, snapshot(10));
            assertThat(live).isEqualTo(written);
            FileEntry later = held.hold(0, 2, snapshot(15)).getFirst();
            FileEntry latest = held.hold(0, 2, snapshot(17)).getFirst();

            assertThat(held.holds(later)).as("what is older goes").isFalse();
            assertThat(held.holds(latest)).isTrue();
            assertThat(held.holds(written.getFirst())).as("the checkpoint").isTrue();
            assertThat(held.tensors(latest)
                            .map(tensors -> Objects.requireNonNull(tensors.get("0.weight"))
                                    .memory()
                                    .toArray(ValueLayout.JAVA_FLOAT)))
                    .hasValueSatisfying(values -> assertThat(values).containsExactly(17, 17.25f, 17.5f));
        }
    }

    @Test
    void theCheckpointToGoOnFromStaysUntilALaterOneIsComplete() {
        try (HeldFiles held = new HeldFiles()) {
            FileEntry first = hold(held, 10).getFirst();
            held.keep(10);
            FileEntry second = hold(held, 20).getFirst();
            FileEntry third = hold(held, 30).getFirst();

            assertThat(held.holds(first)).isTrue();
            assertThat(held.holds(second)).as("one that was never complete").isFalse();
            assertThat(held.holds(third)).isTrue();
            assertThat(held.ownAt(30)).contains(third).hasSize(2);

            held.keep(30);

            assertThat(held.holds(first)).isFalse();
            assertThat(held.bytes())
                    .isEqualTo(
                            held.ownAt(30).stream().mapToLong(FileEntry::bytes).sum());
        }
    }

    @Test
    void aFileIsTheSameWhoeverHasIt() {
        try (HeldFiles held = new HeldFiles()) {
            List<FileEntry> files = written(7).stream()
                    .map(file -> file.on(List.of("one:25520", "two:25520")))
                    .toList();
            held.wrote(0, 2, snapshot(7), files);

            FileEntry onTheWire = files.getFirst().wherever();
            assertThat(held.holds(files.getFirst())).isTrue();
            assertThat(held.holds(onTheWire)).isTrue();
            assertThat(held.piece(onTheWire, 0, 10)).isPresent();
            assertThat(held.tensors(files.getFirst().on(List.of("three:25520"))))
                    .isPresent();
            assertThat(held.ownAt(7)).contains(onTheWire).hasSize(2);
        }
    }

    @Test
    void whatHasComeWithOtherBytesIsFoundOutWhenItIsUsed() throws IOException {
        try (HeldFiles held = new HeldFiles();
                HeldFiles damaged = new HeldFiles()) {
            List<FileEntry> files = written(7);
            FileEntry weights = files.getFirst();
            byte[] bytes = Files.readAllBytes(folder.resolve("step-7").resolve(weights.name()));
            held.take(7, weights, incoming(bytes));
            assertThat(held.tensors(weights).map(Map::keySet))
                    .hasValueSatisfying(names -> assertThat(names).containsExactly("0.weight"));
            assertThat(held.ownAt(7)).as("it is no file of this node").isEmpty();

            bytes[bytes.length - 1]++;
            held.take(7, weights, incoming(bytes));
            assertThat(held.tensors(weights)).as("the one that is known stays").isPresent();

            damaged.take(7, weights, incoming(bytes));
            assertThat(damaged.holds(weights)).isTrue();
            assertThat(damaged.tensors(weights)).isEqualTo(Optional.empty());
            assertThat(damaged.holds(weights)).isFalse();
        }
    }

    private static HeldFiles.Incoming incoming(byte[] bytes) {
        HeldFiles.Incoming memory = new HeldFiles.Incoming(bytes.length);
        memory.bytes().copyFrom(MemorySegment.ofArray(bytes));
        return memory;
    }
}
