package millrace.actors.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import millrace.actors.checkpoint.Shards;
import millrace.actors.plan.Snapshot;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.nn.io.Safetensors;
import millrace.nn.tensor.Tensor;

/**
 * Files of checkpoints in the memory of a node, each known by its digest: of the checkpoint that the run would go on from, and
 * of one that is being made. For any thread.
 */
public final class HeldFiles implements AutoCloseable {
    private static final int PIECE = 1 << 20;

    private final Map<FileEntry, Held> files = new LinkedHashMap<>();
    private long kept = -1;

    /**
     * @param step of its checkpoint
     * @param own whether a stage of this node wrote it
     */
    private record Held(long step, boolean own, Arena arena, MemorySegment bytes) {}

    /** Memory for a file that comes from elsewhere, until it is taken or given up. */
    static final class Incoming {
        private final Arena arena;
        private final MemorySegment bytes;

        Incoming(long size) {
            this.arena = Arena.ofShared();
            this.bytes = arena.allocate(size, 64);
        }

        private Incoming(Arena arena, MemorySegment bytes) {
            this.arena = arena;
            this.bytes = bytes;
        }

        MemorySegment bytes() {
            return bytes;
        }

        void giveUp() {
            arena.close();
        }
    }

    /**
     * Takes what a stage of this node has just written; a file that does not come back from the disk as it was written is left out.
     * What is older than that goes, but for the checkpoint that is {@link #keep kept}.
     *
     * @param folder where the files are
     */
    public void wrote(long step, Path folder, List<FileEntry> written) {
        dropUnless(held -> held.step() == kept || held.step() >= step);
        for (FileEntry entry : written) {
            Incoming memory = new Incoming(entry.bytes());
            if (wasRead(folder.resolve(entry.name()), memory.bytes())
                    && Digests.sha256(memory.bytes()).equals(entry.sha256())) {
                take(step, entry, true, memory);
            } else {
                memory.giveUp();
            }
        }
    }

    /**
     * Takes the state of a stage from which the run goes on without a checkpoint. What is older than that goes, but for the checkpoint
     * that is {@link #keep kept}.
     *
     * @param stage of so many
     * @return the files that a checkpoint at this step would have
     */
    public List<FileEntry> hold(int stage, int stages, Snapshot snapshot) {
        long step = snapshot.step();
        dropUnless(held -> held.step() == kept || held.step() >= step);
        Map<String, Arena> arenas = new HashMap<>();
        List<FileEntry> entries = new ArrayList<>();
        Shards.images(stage, stages, snapshot, name -> arenas.computeIfAbsent(name, _ -> Arena.ofShared()))
                .forEach((name, bytes) -> {
                    FileEntry entry = new FileEntry(name, bytes.byteSize(), Digests.sha256(bytes));
                    take(step, entry, true, new Incoming(Objects.requireNonNull(arenas.get(name)), bytes));
                    entries.add(entry);
                });
        return entries;
    }

    private static boolean wasRead(Path file, MemorySegment bytes) {
        try (FileChannel channel = FileChannel.open(file)) {
            for (long at = 0; at < bytes.byteSize(); ) {
                ByteBuffer piece = bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at))
                        .asByteBuffer();
                int count = channel.read(piece, at);
                if (count < 0) {
                    return false;
                }
                at += count;
            }
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /** A file that is whole, by its digest. */
    synchronized void take(long step, FileEntry entry, boolean own, Incoming memory) {
        Held before = files.put(entry, new Held(step, own, memory.arena, memory.bytes()));
        if (before != null) {
            before.arena().close();
        }
    }

    /** The run would go on from the checkpoint at a step: what is older is not needed any more. */
    public synchronized void keep(long step) {
        kept = Math.max(kept, step);
        dropUnless(held -> held.step() >= kept);
    }

    private synchronized void dropUnless(Predicate<Held> needed) {
        files.values().removeIf(held -> {
            boolean goes = !needed.test(held);
            if (goes) {
                held.arena().close();
            }
            return goes;
        });
    }

    /** The files that stages of this node have written for the checkpoint at a step. */
    public synchronized List<FileEntry> ownAt(long step) {
        return files.entrySet().stream()
                .filter(file -> file.getValue().own() && file.getValue().step() == step)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Whether a file is here. */
    public synchronized boolean holds(FileEntry file) {
        return files.containsKey(file);
    }

    /**
     * A copy of a part of a file.
     *
     * @param length at most; less at the end of the file
     * @return empty when the file is not here, or has no such part
     */
    public synchronized Optional<ByteBuffer> piece(FileEntry file, long from, int length) {
        Held held = files.get(file);
        if (held == null || from < 0 || from >= file.bytes()) {
            return Optional.empty();
        }
        int size = (int) Math.min(length, file.bytes() - from);
        ByteBuffer piece = ByteBuffer.allocate(size);
        MemorySegment.ofBuffer(piece).copyFrom(held.bytes().asSlice(from, size));
        return Optional.of(piece.asReadOnlyBuffer());
    }

    /** Copies of the tensors in a file; empty when it is not here. */
    public synchronized Optional<Map<String, Tensor>> tensors(FileEntry file) {
        return Optional.ofNullable(files.get(file))
                .map(held -> Safetensors.read(file.name(), held.bytes()).tensors());
    }

    /** Bytes that are held. */
    public synchronized long bytes() {
        return files.keySet().stream().mapToLong(FileEntry::bytes).sum();
    }

    /** Gives everything up: another run, or none. */
    @Override
    public synchronized void close() {
        kept = -1;
        dropUnless(_ -> false);
    }
}
