package millrace.actors.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.checkpoint.KeptFolder;
import millrace.actors.fetch.FileDigest;
import millrace.actors.keeper.CheckpointPlace;
import millrace.actors.keeper.Electors;
import millrace.actors.keeper.KeeperProtocol.KeptCheckpoint;
import millrace.actors.keeper.KeeperProtocol.Node;
import millrace.actors.keeper.Keepers;
import millrace.nn.io.InWords;

/**
 * Decides before a run begins where its checkpoints will be, for as long as it lasts: in its folder where all nodes see that,
 * otherwise on the nodes' own disks; and which nodes are the run's. May block.
 */
public final class KeepingChoice {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final long LOOK_AGAIN_MILLIS = 100;

    private final Keepers keepers;
    private final Supplier<List<String>> oldestFirst;

    /**
     * @param oldestFirst addresses of the cluster's nodes, in the order in which they came: of an even number of nodes half are
     *     a majority with the oldest, as in the cluster's own decisions
     */
    public KeepingChoice(Keepers keepers, Supplier<List<String>> oldestFirst) {
        this.keepers = keepers;
        this.oldestFirst = oldestFirst;
    }

    /**
     * The order with all of it decided.
     *
     * @param stays whether this node is there until the run has begun: it is the only one that has what the run begins from
     * @throws IllegalArgumentException when several nodes, but not all, keep their runs in the same folder; or when this node has
     *     something that they need, and does not stay
     */
    public RunOrder settled(RunOrder order, boolean stays) {
        RunOrder.Keeping asked = order.keeping();
        if (order.isShared()) {
            return order;
        }
        List<Node> nodes = nodes(order.workers());
        Path folder = Path.of(order.folder());
        // where there is no node nobody can be asked: the coordinator waits for one, and says so
        if (nodes.isEmpty() || (asked.sharing() == RunOrder.Sharing.AUTO && keepers.allSee(folder))) {
            return order.kept(RunOrder.Keeping.SHARED);
        }
        Electors electors = new Electors(requireApart(nodes).stream()
                .sorted(Comparator.comparingInt(this::age).thenComparing(Node::id))
                .map(Node::id)
                .toList());
        // a node of this machine that was started in the same folder keeps it already
        if (!keepers.isOfAnother(order.id(), folder)) {
            order.first().filter(_ -> !stays).ifPresent(first -> {
                throw new IllegalArgumentException("resume: " + first
                        + " of a submitted run whose nodes share no folder (expected: a command that stays until they have"
                        + " it); use train --cluster, or set checkpoint.folder to one that all nodes see");
            });
            keepers.keptAt(order.id(), folder);
        }
        Optional<String> first = order.first()
                .map(path -> bring(order.id(), Path.of(path), folder).text());
        return order.from(first).kept(new RunOrder.Keeping(RunOrder.Sharing.NO, electors));
    }

    private int age(Node node) {
        int place = oldestFirst.get().indexOf(node.address());
        return place < 0 ? Integer.MAX_VALUE : place;
    }

    /** Those that there are, when they are as many as the run shall begin on. */
    private List<Node> nodes(int wanted) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        List<Node> nodes = keepers.voters();
        while (nodes.size() < wanted && System.nanoTime() - until < 0) {
            try {
                TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return nodes;
            }
            nodes = keepers.voters();
        }
        return nodes;
    }

    private static List<Node> requireApart(List<Node> nodes) {
        Map<String, String> addresses = new HashMap<>();
        for (Node node : nodes) {
            String other = addresses.put(node.id(), node.address());
            if (other != null) {
                throw new IllegalArgumentException(
                        "millrace.node.runs: the same folder for the nodes " + other + " and "
                                + node.address()
                                + " (expected: one for each, or the run's folder on a disk that all nodes see); start one with"
                                + " --runs DIR");
            }
        }
        return nodes;
    }

    /** Puts the checkpoint that a run begins from among its own, where the nodes find it. */
    private static CheckpointPlace bring(String run, Path first, Path folder) {
        CheckpointStore.load(first);
        try {
            Path real = first.toRealPath();
            Path own = folder.resolve("checkpoints");
            if (Files.isDirectory(own) && real.startsWith(own.toRealPath())) {
                return place(run, real);
            }
            Path copy = folder.resolve(".first-" + UUID.randomUUID());
            Files.createDirectories(copy);
            try (Stream<Path> files = Files.list(real)) {
                for (Path file : files.toList()) {
                    Files.copy(file, copy.resolve(Objects.requireNonNull(file.getFileName())));
                }
            }
            return place(run, new KeptFolder(folder).put(copy, KeptFolder.nameOf(copy)));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    first + ": cannot be copied to " + folder + ": " + InWords.reason(e)
                            + " (expected: a folder that can be written); check the disk and its permissions",
                    e);
        }
    }

    private static CheckpointPlace place(String run, Path checkpoint) throws IOException {
        return new CheckpointPlace(
                run,
                new KeptCheckpoint(
                        KeptFolder.nameOf(checkpoint), FileDigest.of(checkpoint.resolve(KeptFolder.MANIFEST))));
    }
}
