package millrace.actors.keeper;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import millrace.actors.access.Access;
import millrace.actors.access.Role;
import millrace.actors.checkpoint.KeptFolder;
import millrace.actors.fetch.FileDigest;
import millrace.actors.keeper.KeeperProtocol.Answer;
import millrace.actors.keeper.KeeperProtocol.AskNode;
import millrace.actors.keeper.KeeperProtocol.AskPromise;
import millrace.actors.keeper.KeeperProtocol.AskRun;
import millrace.actors.keeper.KeeperProtocol.AskSeen;
import millrace.actors.keeper.KeeperProtocol.Command;
import millrace.actors.keeper.KeeperProtocol.Copy;
import millrace.actors.keeper.KeeperProtocol.Done;
import millrace.actors.keeper.KeeperProtocol.Promised;
import millrace.actors.keeper.KeeperProtocol.Publish;
import millrace.actors.keeper.KeeperProtocol.RunKept;
import millrace.actors.keeper.KeeperProtocol.Signed;
import millrace.actors.rank.actor.BlockingWork;
import millrace.actors.wire.manifest.Manifest;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.nn.io.InWords;

/**
 * Keeps what a node has of runs, and answers for it: promises, writes copies of other nodes' files, makes checkpoints. It
 * waits for the disk while it promises, so it belongs on a dispatcher for that; what takes longer it leaves to other threads.
 */
final class Keeper extends AbstractOnMessageBehavior<Command> {
    /** A file that is on its way, or can be, comes within this time. */
    static final Duration PATIENCE = Duration.ofSeconds(20);

    /** These keepers are there now. */
    record KeepersListed(Set<ActorRef<Command>> keepers) implements KeeperProtocol.Local {}

    private final KeptRuns runs;
    private final Offers files;
    private final Access access;
    private final Consumer<Set<ActorRef<Command>>> listed;

    /** Work that may wait for the disk or for other nodes. */
    @FunctionalInterface
    private interface Work {
        Answer answer() throws IOException;
    }

    /**
     * @param listed told which keepers there are, whenever that changes
     */
    static Behavior<Command> create(KeptRuns runs, Offers files, Consumer<Set<ActorRef<Command>>> listed) {
        return Behaviors.setup(context -> new Keeper(context, runs, files, listed));
    }

    private Keeper(
            ActorContext<Command> context, KeptRuns runs, Offers files, Consumer<Set<ActorRef<Command>>> listed) {
        super(context);
        this.runs = runs;
        this.files = files;
        this.access = Access.of(context.getSystem().settings().config());
        this.listed = listed;
        ActorRef<Receptionist.Listing> listings = context.messageAdapter(
                Receptionist.Listing.class,
                listing -> new KeepersListed(listing.getServiceInstances(KeeperProtocol.KEY)));
        context.getSystem().receptionist().tell(Receptionist.register(KeeperProtocol.KEY, context.getSelf()));
        context.getSystem().receptionist().tell(Receptionist.subscribe(KeeperProtocol.KEY, listings));
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case KeepersListed(var keepers) -> listed.accept(keepers);
            case AskNode(var replyTo) -> answer(replyTo, this::done);
            case AskRun(String run, var replyTo) -> offThread(replyTo, () -> kept(run));
            // in the order in which they are asked, so not on another thread
            case AskPromise ask -> answer(ask.replyTo(), () -> promised(ask));
            case Copy copy -> offThread(copy.replyTo(), () -> copied(copy));
            case Publish publish -> offThread(publish.replyTo(), () -> published(publish));
            case AskSeen(String file, String token, var replyTo) ->
                answer(replyTo, () -> runs.sees(file, token) ? done() : problem(file + " is not seen"));
        }
        return this;
    }

    private void offThread(ActorRef<Answer> replyTo, Work work) {
        CompletableFuture<akka.Done> _ = BlockingWork.run(getContext().getSystem(), () -> answer(replyTo, work));
    }

    private void answer(ActorRef<Answer> replyTo, Work work) {
        try {
            replyTo.tell(work.answer());
        } catch (IOException e) {
            replyTo.tell(problem(InWords.reason(e)));
        } catch (RuntimeException e) {
            replyTo.tell(problem(String.valueOf(BlockingWork.cause(e).getMessage())));
        }
    }

    private Done done() {
        return new Done(runs.node(), "", false);
    }

    private Done problem(String what) {
        return new Done(runs.node(), what, false);
    }

    private RunKept kept(String run) throws IOException {
        if (!runs.knows(run)) {
            return new RunKept(runs.node(), List.of(), Set.of());
        }
        KeptRuns.Contents contents = runs.contents(run);
        contents.files().forEach(files::hold);
        return new RunKept(
                runs.node(), contents.checkpoints(), Set.copyOf(contents.files().keySet()));
    }

    /** @throws IllegalArgumentException when no node has asked for it */
    private void requireNode(Signed request) {
        access.require(Role.WORKER, request.signedText(), request.credential());
    }

    private Promised promised(AskPromise ask) throws IOException {
        requireNode(ask);
        return new Promised(runs.node(), runs.asked(ask.run(), ask.wanted()));
    }

    private Done copied(Copy copy) {
        requireNode(copy);
        Path draft = runs.folder(copy.run()).draft(copy.draft());
        for (FileEntry file : copy.files()) {
            FileDigest digest = Offers.digest(file);
            files.hold(
                    digest,
                    files.fetch(digest, draft.resolve(file.name()), PATIENCE).join());
        }
        return done();
    }

    private Done published(Publish publish) throws IOException {
        requireNode(publish);
        if (!runs.knows(publish.run())) {
            return done();
        }
        KeptFolder kept = runs.folder(publish.run());
        Manifest manifest = files.manifest(kept, publish.manifest(), PATIENCE)
                .orElseThrow(() -> new IllegalArgumentException("no manifest (expected: one of this version)"));
        Path draft = kept.draft(publish.draft());
        String own = runs.node().address();
        List<FileEntry> here = manifest.files().stream()
                .filter(file -> file.holders().contains(own))
                .toList();
        for (FileEntry file : here) {
            if (!KeptRuns.has(draft, file)) {
                return problem(file.name() + " is not on node " + own + " (expected: as it was written)");
            }
        }
        // nothing is promised between the look and the end of the writing
        synchronized (kept) {
            if (!runs.promised(publish.run()).allows(publish.promise())) {
                return new Done(runs.node(), "node " + own + " has promised a later run epoch", true);
            }
            Path checkpoint = kept.commit(publish.draft(), manifest, publish.best(), publish.keep());
            files.hold(publish.manifest(), checkpoint.resolve(KeptFolder.MANIFEST));
            files.hold(here, checkpoint);
            files.forgetRemoved();
        }
        return done();
    }
}
