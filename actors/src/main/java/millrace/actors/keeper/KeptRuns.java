package millrace.actors.keeper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import millrace.actors.access.AllowedFolders;
import millrace.actors.checkpoint.Disk;
import millrace.actors.checkpoint.KeptFolder;
import millrace.actors.fetch.FileDigest;
import millrace.actors.keeper.KeeperProtocol.KeptCheckpoint;
import millrace.actors.keeper.KeeperProtocol.Node;
import millrace.actors.wire.manifest.Manifest;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.nn.io.InWords;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is on one node's disk: for each run a folder with its checkpoints and the node's promise, and the name that the node
 * has for as long as it has this disk. Without the disk it is another node, which has promised nothing. For any thread.
 */
final class KeptRuns {
    private static final Logger LOG = LoggerFactory.getLogger(KeptRuns.class);
    private static final String NAME = "node-name";
    private static final String PROMISE = "promise";
    /** Begins the names of files by which is found out who sees a folder; nothing else is looked at for others. */
    static final String MARKER = ".seen-";

    private static final Pattern MARKERS = Pattern.compile("\\.seen-[0-9a-f-]{36}");

    private final Path runs;
    private final AllowedFolders shared;
    private final String address;
    private final boolean works;
    private final boolean votes;
    private final Map<String, Path> elsewhere = new HashMap<>();
    private final Map<String, KeptFolder> folders = new HashMap<>();
    private final Map<String, Promise> promises = new HashMap<>();
    private final Map<Path, Verified> verified = new HashMap<>();
    private final Object gathering = new Object();
    private Optional<Node> node = Optional.empty();

    /** A file whose bytes are known, unless it has been touched since. */
    private record Verified(FileDigest digest, FileTime changed) {}

    /** What there is of a run: manifests too are among the files. */
    record Contents(List<KeptCheckpoint> checkpoints, Map<FileDigest, Path> files) {}

    /**
     * @param runs folder that has a folder for each run
     * @param shared folders in which others may look whether this node sees what they have put there
     * @param address of the node
     * @param works whether it trains
     * @param votes whether it promises anything; one that does not needs no name on the disk
     */
    KeptRuns(Path runs, AllowedFolders shared, String address, boolean works, boolean votes) {
        this.runs = runs.toAbsolutePath();
        this.shared = shared;
        this.address = address;
        this.works = works;
        this.votes = votes;
    }

    /** Who this is. Where its folder cannot be written a node neither promises nor keeps anything, which it tells its log. */
    synchronized Node node() {
        if (node.isEmpty()) {
            node = Optional.of(known());
        }
        return node.get();
    }

    private Node known() {
        Node nobody = new Node(address + "/" + UUID.randomUUID(), address, false, false);
        if (!votes) {
            return new Node(nobody.id(), address, works, false);
        }
        try {
            return new Node(nameOnDisk(), address, works, true);
        } catch (IllegalArgumentException e) {
            LOG.warn("{}; runs are kept in folders that all nodes see, or by other nodes", e.getMessage());
            return nobody;
        }
    }

    private String nameOnDisk() {
        Path file = runs.resolve(NAME);
        try {
            Files.createDirectories(runs);
            try {
                // the address is what it is known by to people
                Files.writeString(
                        file,
                        address + "/" + UUID.randomUUID(),
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.SYNC);
            } catch (FileAlreadyExistsException _) {
                // from before
            }
            String text = Files.readString(file);
            if (!text.matches("\\S+/[0-9a-f-]{36}")) {
                throw new IllegalArgumentException(
                        file + ": not the name of a node (expected: what a node has written); remove it");
            }
            return text;
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private IllegalArgumentException unwritable(IOException e) {
        return new IllegalArgumentException(
                "millrace.node.runs: " + runs + " of node " + address + ": " + InWords.reason(e)
                        + " (expected: a folder that this node can write); start it with --runs DIR",
                e);
    }

    /** A run is not kept in the folder of all runs, but here. */
    synchronized void keptAt(String run, Path folder) {
        elsewhere.put(run, folder.toAbsolutePath());
        folders.remove(run);
    }

    /** Whether this node has anything to do with a run, or should. */
    synchronized boolean knows(String run) {
        return votes || elsewhere.containsKey(run);
    }

    /**
     * A run's checkpoints.
     *
     * @throws IllegalArgumentException when the name would lead elsewhere
     */
    synchronized KeptFolder folder(String run) {
        Path plain = Path.of(run);
        if (run.isBlank() || run.startsWith(".") || plain.getNameCount() != 1 || plain.isAbsolute()) {
            throw new IllegalArgumentException("run: " + run + " (expected: the plain name of a folder)");
        }
        return folders.computeIfAbsent(run, _ -> new KeptFolder(elsewhere.getOrDefault(run, runs.resolve(plain))));
    }

    /**
     * Whether there is a marker with this in it; its path may also be the name of a run and a name in its folder here.
     *
     * @throws IllegalArgumentException on another file, or one that others may not look for
     */
    boolean sees(String file, String token) throws IOException {
        Path path = Path.of(file);
        String marker = String.valueOf(path.getFileName());
        if (!MARKERS.matcher(marker).matches()) {
            throw new IllegalArgumentException("file: " + file + " (expected: one named " + MARKER + "UUID)");
        }
        if (!path.isAbsolute() && path.getNameCount() == 2) {
            path = folder(path.getName(0).toString()).runFolder().resolve(marker);
        } else {
            shared.require("checkpoint.folder", file);
        }
        return path.isAbsolute()
                && Files.isRegularFile(path)
                && Files.readString(path).equals(token);
    }

    /** Whether a draft or checkpoint has a file of this size. */
    static boolean has(Path folder, FileEntry file) throws IOException {
        Path path = folder.resolve(file.name());
        return Files.isRegularFile(path) && Files.size(path) == file.bytes();
    }

    /** What those hold that gather files of other nodes: one at a time. */
    Object gathering() {
        return gathering;
    }

    // ---- promises

    /** What this node has promised a run. */
    synchronized Promise promised(String run) throws IOException {
        Promise known = promises.get(run);
        if (known == null) {
            Path file = folder(run).runFolder().resolve(PROMISE);
            known = Files.exists(file)
                    ? Promise.parse(Files.readString(file))
                            .orElseThrow(() ->
                                    new IOException(file + " is not a promise (expected: what a node has written)"))
                    : Promise.NONE;
            promises.put(run, known);
        }
        return known;
    }

    /** Promises if it may; what it has promised by then, which is on the disk. */
    Promise asked(String run, Promise wanted) throws IOException {
        KeptFolder folder = folder(run);
        // not while something is written for an earlier promise
        synchronized (folder) {
            Promise before = promised(run);
            Promise after = before.asked(wanted);
            if (!after.equals(before)) {
                Disk.replace(folder.runFolder().resolve(PROMISE), after.text().getBytes(StandardCharsets.UTF_8));
                synchronized (this) {
                    promises.put(run, after);
                }
            }
            return after;
        }
    }

    // ---- checkpoints

    /** What there is of a run, every byte of it looked at. */
    Contents contents(String run) throws IOException {
        KeptFolder kept = folder(run);
        List<KeptCheckpoint> checkpoints = new ArrayList<>();
        Map<FileDigest, Path> files = new LinkedHashMap<>();
        for (String checkpoint : kept.names()) {
            Path folder = kept.checkpoint(checkpoint);
            Path manifestFile = folder.resolve(KeptFolder.MANIFEST);
            Optional<Manifest> manifest = KeptFolder.manifest(manifestFile);
            if (manifest.isPresent()) {
                FileDigest digest = FileDigest.of(manifestFile);
                checkpoints.add(new KeptCheckpoint(checkpoint, digest));
                files.put(digest, manifestFile);
                files.putAll(whole(folder, manifest.get()));
            }
        }
        return new Contents(checkpoints, files);
    }

    /** The files of a checkpoint that are here as they were written. */
    Map<FileDigest, Path> whole(Path folder, Manifest manifest) throws IOException {
        Map<FileDigest, Path> files = new LinkedHashMap<>();
        for (FileEntry entry : manifest.files()) {
            Path file = folder.resolve(entry.name());
            FileDigest digest = Offers.digest(entry);
            if (has(folder, entry) && digest(file).equals(digest)) {
                files.put(digest, file);
            }
        }
        return files;
    }

    private FileDigest digest(Path file) throws IOException {
        FileTime changed = Files.getLastModifiedTime(file);
        synchronized (this) {
            Verified known = verified.get(file);
            if (known != null && known.changed().equals(changed)) {
                return known.digest();
            }
        }
        FileDigest digest = FileDigest.of(file);
        synchronized (this) {
            verified.keySet().removeIf(path -> !Files.exists(path));
            verified.put(file, new Verified(digest, changed));
        }
        return digest;
    }
}
