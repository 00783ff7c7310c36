package millrace.actors.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import millrace.actors.checkpoint.Shards;
import millrace.actors.plan.Snapshot;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.nn.io.Safetensors;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Memory;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Files of checkpoints in the memory of a node, each known by its name and digest: of the checkpoint that the run would go on from,
 * and of one that is being made. For any thread.
 */
public final class HeldFiles implements AutoCloseable {
    private final Map<FileEntry, Held> files = new LinkedHashMap<>();
    private long kept = -1;

    /**
     * @param step of its checkpoint
     * @param own whether a stage of this node wrote it
     * @param known whether its bytes are known to be those of the digest
     */
    private record Held(long step, boolean own, boolean known, Incoming memory) {
        MemorySegment bytes() {
            return memory.bytes();
        }
    }

    /** Memory of a file, until it is taken or given up. */
    static final class Incoming {
        private final Arena arena;
        private final MemorySegment bytes;

        Incoming(long size) {
            this.arena = Arena.ofShared();
            this.bytes = Memory.allocate(arena, Math.ceilDiv(size, ElementType.MOST_BYTES))
                    .asSlice(0, size);
        }

        MemorySegment bytes() {
            return bytes;
        }

        void giveUp() {
            arena.close();
        }
    }

    /**
     * Takes what a stage of this node has just written. What is older than that goes, but for the checkpoint that is
     * {@link #keep kept}.
     *
     * @param stage of so many
     * @param snapshot that was written
     * @param written the files that were made of it
     */
    public void wrote(int stage, int stages, Snapshot snapshot, List<FileEntry> written) {
        images(stage, stages, snapshot)
                .forEach((name, memory) -> written.stream()
                        .filter(entry -> entry.name().equals(name)
                                && entry.bytes() == memory.bytes().byteSize())
                        .findFirst()
                        .ifPresentOrElse(
                                entry -> take(new Held(snapshot.step(), true, true, memory), entry), memory::giveUp));
    }

    /** To be called when nobody waits: what a loss asks of it is fast from then on; takes a tenth of a second. */
    public static void practise() {
        Digests.practise();
    }

    /**
     * Takes the state of a stage from which the run goes on without a checkpoint. What is older than that goes, but for the checkpoint
     * that is {@link #keep kept}.
     *
     * @param stage of so many
     * @return the files that a checkpoint at this step would have
     */
    public List<FileEntry> hold(int stage, int stages, Snapshot snapshot) {
        List<FileEntry> entries = new ArrayList<>();
        images(stage, stages, snapshot).forEach((name, memory) -> {
            MemorySegment bytes = memory.bytes();
            FileEntry entry = new FileEntry(name, bytes.byteSize(), Digests.sha256(bytes));
            take(new Held(snapshot.step(), true, true, memory), entry);
            entries.add(entry);
        });
        return entries;
    }

    /** A stage's files in memory, by name. */
    private Map<String, Incoming> images(int stage, int stages, Snapshot snapshot) {
        dropUnless(held -> held.step() == kept || held.step() >= snapshot.step());
        Deque<Incoming> made = new ArrayDeque<>();
        SegmentAllocator memory = (size, _) -> {
            made.add(new Incoming(size));
            return made.getLast().bytes();
        };
        Map<String, Incoming> images = new LinkedHashMap<>();
        try {
            // each is made of one piece of memory, one after the other
            Shards.images(stage, stages, snapshot, memory)
                    .keySet()
                    .forEach(name -> images.put(name, made.removeFirst()));
        } catch (RuntimeException | OutOfMemoryError e) {
            made.forEach(Incoming::giveUp);
            throw e;
        }
        return images;
    }

    /** A file that has come whole from another node: whether its bytes are those of its digest is found out when they are used. */
    void take(long step, FileEntry entry, Incoming memory) {
        take(new Held(step, false, false, memory), entry);
    }

    private synchronized void take(Held held, FileEntry entry) {
        FileEntry file = entry.wherever();
        Held before = files.get(file);
        if (before != null && before.known() && !held.known()) {
            held.memory().giveUp();
            return;
        }
        files.put(file, held);
        if (before != null) {
            before.memory().giveUp();
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
                held.memory().giveUp();
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
        return files.containsKey(file.wherever());
    }

    /**
     * A copy of a part of a file.
     *
     * @param length at most; less at the end of the file
     * @return empty when the file is not here, or has no such part
     */
    public synchronized Optional<ByteBuffer> piece(FileEntry file, long from, int length) {
        Held held = files.get(file.wherever());
        if (held == null || from < 0 || from >= file.bytes()) {
            return Optional.empty();
        }
        int size = (int) Math.min(length, file.bytes() - from);
        ByteBuffer piece = ByteBuffer.allocate(size);
        MemorySegment.ofBuffer(piece).copyFrom(held.bytes().asSlice(from, size));
        return Optional.of(piece);
    }

    /** Copies of the tensors in a file; empty when it is not here, or has come with other bytes than those of its digest. */
    public Optional<Map<String, Tensor>> tensors(FileEntry file) {
        return verified(file.wherever()).flatMap(this::read);
    }

    /** The file, if its bytes are those of its digest. Others can have pieces of files while that is found out. */
    private Optional<FileEntry> verified(FileEntry file) {
        Held held = found(file);
        if (held == null || held.known()) {
            return Optional.ofNullable(held).map(_ -> file);
        }
        boolean right;
        try {
            right = Digests.sha256(held.bytes()).equals(file.sha256());
        } catch (IllegalStateException _) {
            // it has gone meanwhile
            return Optional.empty();
        }
        settle(file, held, right);
        return right ? Optional.of(file) : Optional.empty();
    }

    private synchronized @Nullable Held found(FileEntry file) {
        return files.get(file);
    }

    private synchronized void settle(FileEntry file, Held held, boolean right) {
        if (!held.equals(files.get(file))) {
            return;
        }
        if (right) {
            files.put(file, new Held(held.step(), held.own(), true, held.memory()));
        } else {
            files.remove(file);
            held.memory().giveUp();
        }
    }

    private synchronized Optional<Map<String, Tensor>> read(FileEntry file) {
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
