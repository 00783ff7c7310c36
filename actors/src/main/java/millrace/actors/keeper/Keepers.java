package millrace.actors.keeper;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.AskPattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import millrace.actors.access.Access;
import millrace.actors.access.AllowedFolders;
import millrace.actors.checkpoint.KeptFolder;
import millrace.actors.fetch.FileExchange;
import millrace.actors.keeper.KeeperProtocol.Answer;
import millrace.actors.keeper.KeeperProtocol.AskPromise;
import millrace.actors.keeper.KeeperProtocol.AskRun;
import millrace.actors.keeper.KeeperProtocol.AskSeen;
import millrace.actors.keeper.KeeperProtocol.Command;
import millrace.actors.keeper.KeeperProtocol.Done;
import millrace.actors.keeper.KeeperProtocol.Node;
import millrace.actors.keeper.KeeperProtocol.Promised;
import millrace.actors.keeper.KeeperProtocol.RunKept;
import millrace.actors.keeper.KeeperProtocol.Signed;
import millrace.nn.io.InWords;

/**
 * A node's way to what all nodes of the cluster keep of runs. Its methods ask the other nodes and wait for them, so they
 * belong on threads that may block.
 */
public final class Keepers {
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Duration PROMISES = Duration.ofSeconds(3);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
    private static final Duration BALLOTS = Duration.ofSeconds(60);
    private static final int OTHERS_AFTER_MOMENTS = 20;

    private final ActorSystem<?> system;
    private final KeptRuns own;
    private final Offers files;
    private final Access access;
    private volatile Set<ActorRef<Command>> all = Set.of();

    /** What one keeper has said; empty when it has not. */
    private record Answered(ActorRef<Command> keeper, Optional<Answer> answer) {}

    private Keepers(ActorSystem<?> system, KeptRuns own, Offers files) {
        this.system = system;
        this.own = own;
        this.files = files;
        this.access = Access.of(system.settings().config());
    }

    /**
     * Makes a node's keeper.
     *
     * @param runs folder that has a folder for each run
     * @param shared folders in which others may look whether this node sees what they have put there
     * @param address of the node
     * @param works whether it trains
     * @param votes whether it decides with others who may write: every node but those of commands
     */
    public static Keepers start(
            ActorContext<?> guardian,
            FileExchange files,
            Path runs,
            AllowedFolders shared,
            String address,
            boolean works,
            boolean votes) {
        Keepers keepers =
                new Keepers(guardian.getSystem(), new KeptRuns(runs, shared, address, works, votes), new Offers(files));
        guardian.spawn(
                Keeper.create(keepers.own, keepers.files, keepers::listed), "keeper", DispatcherSelector.blocking());
        return keepers;
    }

    /** A run's folder on this node is not where the folders of all others are. */
    public void keptAt(String run, Path folder) {
        own.keptAt(run, folder);
    }

    KeptRuns own() {
        return own;
    }

    Offers files() {
        return files;
    }

    /** A request with this node's signature, where nodes have roles by certificate. */
    Command signed(Signed request) {
        return request.by(access.sign(request.signedText()));
    }

    // ---- questions to all

    /**
     * Asks all nodes.
     *
     * @param question to one
     * @param enough of what has come so far: nobody else is waited for
     */
    <A extends Answer> List<A> askAll(
            Class<A> kind, Function<ActorRef<Answer>, Command> question, Duration patience, Predicate<List<A>> enough) {
        Set<ActorRef<Command>> open = new HashSet<>(all);
        BlockingQueue<Answered> come = new LinkedBlockingQueue<>();
        for (ActorRef<Command> keeper : open) {
            CompletionStage<Answer> _ = ask(keeper, question, patience)
                    .whenComplete((answer, _) -> come.add(new Answered(keeper, Optional.ofNullable(answer))));
        }
        List<A> answers = new ArrayList<>();
        try {
            while (!open.isEmpty() && !enough.test(answers)) {
                Answered next = come.poll(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
                if (next != null) {
                    open.remove(next.keeper());
                    next.answer().filter(kind::isInstance).map(kind::cast).ifPresent(answers::add);
                } else {
                    // who has gone meanwhile will not answer
                    open.retainAll(all);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return answers;
    }

    CompletionStage<Answer> ask(
            ActorRef<Command> keeper, Function<ActorRef<Answer>, Command> question, Duration patience) {
        return AskPattern.ask(keeper, question::apply, patience, system.scheduler());
    }

    /** What each node has of a run. */
    List<RunKept> contents(String run) {
        return askAll(RunKept.class, replyTo -> new AskRun(run, replyTo), ANSWER, _ -> false);
    }

    /** Whether a keeper is that of this node. */
    boolean isOwn(ActorRef<Command> keeper) {
        return keeper.path().address().hasLocalScope();
    }

    /** Who these keepers are; those that do not answer at once are left out. */
    Map<ActorRef<Command>, Node> nodes(Set<ActorRef<Command>> keepers) {
        Map<ActorRef<Command>, CompletableFuture<Answer>> asked = new HashMap<>();
        keepers.forEach(keeper -> asked.put(
                keeper,
                ask(keeper, replyTo -> new KeeperProtocol.AskNode(replyTo), PROMISES)
                        .toCompletableFuture()));
        Map<ActorRef<Command>, Node> nodes = new HashMap<>();
        asked.forEach((keeper, answer) -> {
            try {
                nodes.put(keeper, answer.join().node());
            } catch (CompletionException _) {
                // perhaps the next time
            }
        });
        return nodes;
    }

    /** Waits a moment until other nodes are known, as right after this one has joined them. */
    public void awaitOthers() {
        for (int i = 0; i < OTHERS_AFTER_MOMENTS && voters().isEmpty(); i++) {
            pause();
        }
    }

    private void listed(Set<ActorRef<Command>> there) {
        all = Set.copyOf(there);
    }

    /** All keepers that are there. */
    Set<ActorRef<Command>> all() {
        return all;
    }

    /** All nodes but those of commands, with the names that they keep for ever. */
    public List<Node> voters() {
        return nodes(all).values().stream().filter(Node::votes).toList();
    }

    /**
     * Whether all nodes see a folder of this one, at the same path.
     *
     * @throws IllegalArgumentException when it cannot be written
     */
    public boolean allSee(Path folder) {
        String marker = marker();
        String path = folder.toAbsolutePath().resolve(marker).toString();
        return see(folder, marker, path).stream().allMatch(Done::isDone);
    }

    /**
     * Whether a folder of this node is the one in which another one keeps a run.
     *
     * @throws IllegalArgumentException when it cannot be written
     */
    public boolean isOfAnother(String run, Path folder) {
        String marker = marker();
        return see(folder, marker, run + "/" + marker).stream().anyMatch(Done::isDone);
    }

    private static String marker() {
        return KeptRuns.MARKER + UUID.randomUUID();
    }

    /** Puts a file there for a moment and asks all nodes for it. */
    private List<Done> see(Path folder, String name, String asked) {
        Path marker = folder.resolve(name);
        String token = UUID.randomUUID().toString();
        try {
            Files.createDirectories(folder);
            Files.writeString(marker, token);
            return askAll(Done.class, replyTo -> new AskSeen(asked, token, replyTo), ANSWER, _ -> false).stream()
                    .filter(answer -> answer.node().votes())
                    .toList();
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    folder + ": " + InWords.reason(e) + " (expected: a folder that can be written)", e);
        } finally {
            KeptFolder.remove(marker);
        }
    }

    // ---- the right to write

    /**
     * Gets the right to write a run under a new run epoch, which the nodes of the run promise.
     *
     * @param electors the run's nodes
     * @param after the run epoch is above this one
     * @throws IllegalStateException when for a minute too few of them are there
     */
    public Right begin(String run, Electors electors, long after) {
        long until = System.nanoTime() + BALLOTS.toNanos();
        long epoch = after + 1;
        while (true) {
            Ballot ballot = new Ballot(new Promise(epoch, coordinator()), electors);
            askAll(
                            Promised.class,
                            replyTo -> signed(new AskPromise(run, ballot.wanted(), replyTo)),
                            PROMISES,
                            answers -> {
                                answers.forEach(
                                        answer -> ballot.answered(answer.node().id(), answer.has()));
                                return ballot.isWon() || ballot.isLost();
                            })
                    .forEach(answer -> ballot.answered(answer.node().id(), answer.has()));
            if (ballot.isWon()) {
                return new Right(run, ballot.wanted(), electors);
            }
            if (System.nanoTime() - until >= 0) {
                throw tooFew(run, ballot, electors);
            }
            epoch = ballot.next();
            pause();
        }
    }

    private String coordinator() {
        return own.node().id() + "/" + UUID.randomUUID();
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(500);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the node ends", e);
        }
    }

    private static IllegalStateException tooFew(String run, Ballot ballot, Electors electors) {
        List<String> silent = ballot.silent().stream()
                .map(node -> node.substring(0, node.lastIndexOf('/')))
                .toList();
        return new IllegalStateException("run " + run + ": no answer from " + String.join(", ", silent) + " of its "
                + electors.nodes().size()
                + " nodes (expected: more than half of the nodes that it began on, each with its disk); start them again"
                + " in their folders, or begin a new run from its last checkpoint with --resume");
    }
}
