package millrace.actors.keeper;

import akka.actor.typed.ActorRef;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import millrace.actors.checkpoint.Disk;
import millrace.actors.checkpoint.KeptFolder;
import millrace.actors.checkpoint.ShardWriter;
import millrace.actors.checkpoint.Shards;
import millrace.actors.fetch.FileDigest;
import millrace.actors.keeper.KeeperProtocol.Answer;
import millrace.actors.keeper.KeeperProtocol.Command;
import millrace.actors.keeper.KeeperProtocol.Copy;
import millrace.actors.keeper.KeeperProtocol.Done;
import millrace.actors.keeper.KeeperProtocol.Node;
import millrace.actors.keeper.KeeperProtocol.Publish;
import millrace.actors.plan.Snapshot;
import millrace.actors.wire.manifest.Manifest;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.actors.wire.manifest.ManifestCodec;
import millrace.nn.io.InWords;

/**
 * Writes a run's checkpoints to the disks of its nodes: each stage's files where the stage is, and copies on other nodes; then
 * the manifest on all of them. May block.
 */
public final class KeptWriting {
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final Duration SPECTATOR = Duration.ofSeconds(5);
    // what a slow disk behind a slow line still makes
    private static final long SLOWEST_BYTES_PER_SECOND = 1 << 20;

    private final Keepers keepers;
    private final String run;
    private final Map<ActorRef<Command>, Node> known = new HashMap<>();

    public KeptWriting(Keepers keepers, String run) {
        this.keepers = keepers;
        this.run = run;
    }

    /**
     * Writes a stage's files here, and has other nodes keep copies.
     *
     * @param copies on how many other nodes that train, if there are as many
     */
    public ShardWriter shards(int copies) {
        return (folder, stage, stages, snapshot) ->
                written(Objects.requireNonNull(folder.getFileName()).toString(), stage, stages, snapshot, copies);
    }

    private List<FileEntry> written(String draft, int stage, int stages, Snapshot snapshot, int copies) {
        Path folder = keepers.own().folder(run).draft(draft);
        List<FileEntry> files = Shards.write(folder, stage, stages, snapshot);
        keepers.files().hold(files, folder);
        long bytes = files.stream().mapToLong(FileEntry::bytes).sum();
        List<String> holders = new ArrayList<>(List.of(keepers.own().node().address()));
        List<String> problems = new ArrayList<>();
        Duration patience = ANSWER.plusSeconds(bytes / SLOWEST_BYTES_PER_SECOND);
        List<ActorRef<Command>> others = others();
        for (int i = 0; i < others.size() && holders.size() <= copies; i++) {
            Done answer = told(others.get(i), replyTo -> keepers.signed(new Copy(run, draft, files, replyTo)), patience)
                    .join();
            if (answer.isDone()) {
                holders.add(answer.node().address());
            } else {
                problems.add(answer.node().address() + ": " + answer.problem());
            }
        }
        if (holders.size() <= Math.min(copies, others.size())) {
            throw new IllegalArgumentException("stage " + stage + ": on " + String.join(", ", holders)
                    + " only (expected: " + copies + " copies on other nodes); " + String.join("; ", problems));
        }
        return files.stream().map(file -> file.on(holders)).toList();
    }

    /** The other nodes that train, beginning with the one after this: so copies are spread evenly. */
    private List<ActorRef<Command>> others() {
        Set<ActorRef<Command>> there = keepers.all();
        synchronized (known) {
            known.keySet().retainAll(there);
            if (!known.keySet().containsAll(there)) {
                known.putAll(keepers.nodes(there));
            }
            String own = keepers.own().node().id();
            List<Map.Entry<ActorRef<Command>, Node>> ring = known.entrySet().stream()
                    .filter(each -> each.getValue().works())
                    .filter(each -> !each.getValue().id().equals(own))
                    .sorted(Map.Entry.comparingByValue(Comparator.comparing(Node::id)))
                    .toList();
            List<ActorRef<Command>> after = new ArrayList<>();
            List<ActorRef<Command>> before = new ArrayList<>();
            ring.forEach(each -> (each.getValue().id().compareTo(own) > 0 ? after : before).add(each.getKey()));
            after.addAll(before);
            return after;
        }
    }

    private CompletableFuture<Done> told(
            ActorRef<Command> keeper, Function<ActorRef<Answer>, Command> question, Duration patience) {
        return keepers.ask(keeper, question, patience)
                .handle((answer, late) -> {
                    if (answer instanceof Done done) {
                        return done;
                    }
                    Node silent;
                    synchronized (known) {
                        silent = known.getOrDefault(
                                keeper, new Node("", keeper.path().address().hostPort(), false, false));
                    }
                    return new Done(silent, "no answer within " + patience.toSeconds() + " s", false);
                })
                .toCompletableFuture();
    }

    /**
     * Makes a checkpoint of what the stages have written, on all nodes. It counts when each file is where the manifest says,
     * and a majority of the run's nodes has it.
     *
     * @param right of the coordinator that wants it
     * @param draft the name under which it was written
     * @param best whether it is the best so far
     * @param keep how many stay besides the best
     * @throws IllegalStateException when a later run epoch has begun
     * @throws IllegalArgumentException when it does not count
     */
    public void publish(Right right, String draft, Manifest manifest, boolean best, int keep) {
        byte[] text = ManifestCodec.encode(manifest);
        Path file = keepers.own().folder(run).runFolder().resolve(draft + ".manifest");
        try {
            Disk.replace(file, text);
            FileDigest digest = FileDigest.of(file);
            keepers.files().hold(digest, file);
            Set<ActorRef<Command>> working = Set.copyOf(others());
            List<CompletableFuture<Done>> asked = new ArrayList<>();
            for (ActorRef<Command> keeper : keepers.all()) {
                asked.add(told(
                        keeper,
                        replyTo ->
                                keepers.signed(new Publish(run, right.promise(), draft, digest, best, keep, replyTo)),
                        // a command that is gone holds nobody up
                        working.contains(keeper) || keepers.isOwn(keeper) ? ANSWER : SPECTATOR));
            }
            requireCounting(
                    right, manifest, asked.stream().map(CompletableFuture::join).toList());
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    file + ": not saved, " + InWords.reason(e) + " (expected: a writable disk with room)", e);
        } finally {
            KeptFolder.remove(file);
        }
    }

    static void requireCounting(Right right, Manifest manifest, List<Done> answers) {
        if (answers.stream().anyMatch(Done::succeeded)) {
            throw new IllegalStateException(
                    "run epoch: " + right.promise().epoch()
                            + " (expected: the newest that the run's nodes have promised); another trainer goes on with this run");
        }
        Set<String> ids = new HashSet<>();
        Set<String> addresses = new HashSet<>();
        answers.stream().filter(Done::isDone).forEach(answer -> {
            ids.add(answer.node().id());
            addresses.add(answer.node().address());
        });
        List<String> problems = answers.stream()
                .filter(answer -> !answer.isDone())
                .map(answer -> answer.node().address() + ": " + answer.problem())
                .toList();
        for (FileEntry file : manifest.files()) {
            if (!addresses.containsAll(file.holders())) {
                throw new IllegalArgumentException(file.name() + ": not on all of " + file.holders()
                        + " (expected: where it was written); " + String.join("; ", problems));
            }
        }
        if (!right.electors().isMajority(ids)) {
            throw new IllegalArgumentException("checkpoint: saved by " + addresses
                    + " (expected: more than half of the run's nodes); " + String.join("; ", problems));
        }
    }
}
