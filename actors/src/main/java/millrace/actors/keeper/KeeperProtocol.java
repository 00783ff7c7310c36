package millrace.actors.keeper;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.receptionist.ServiceKey;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import millrace.actors.access.Credential;
import millrace.actors.access.SignedText;
import millrace.actors.fetch.FileDigest;
import millrace.actors.wire.manifest.Manifest.FileEntry;

/** What those who keep something of runs are told, one on each node, and what they answer. */
public interface KeeperProtocol {
    /** Under which keepers are found. */
    ServiceKey<Command> KEY = ServiceKey.create(Command.class, "millrace-keeper");

    /** Anything that travels. */
    sealed interface Message {}

    /** What a keeper is told. */
    sealed interface Command extends Message {}

    /** What it tells itself. */
    sealed interface Local extends Command, NoSerializationVerificationNeeded permits Keeper.KeepersListed {}

    /** Who are you? Answered by {@link Done}. */
    record AskNode(ActorRef<Answer> replyTo) implements Command {}

    /** Who are you, and what do you have of a run? Answered by {@link RunKept}; its files can be fetched from then on. */
    record AskRun(String run, ActorRef<Answer> replyTo) implements Command {}

    /** What changes something on a node's disk: only nodes may ask for it, and sign it where nodes have roles by certificate. */
    sealed interface Signed extends Command {
        /** What is signed of it. */
        String signedText();

        /** Who asks. */
        Optional<Credential> credential();

        /** The same, signed. */
        Signed by(Optional<Credential> who);
    }

    /** Do you promise a run epoch? Answered by {@link Promised}. */
    record AskPromise(String run, Promise wanted, ActorRef<Answer> replyTo, Optional<Credential> credential)
            implements Signed {
        /** Signed by nobody yet. */
        public AskPromise(String run, Promise wanted, ActorRef<Answer> replyTo) {
            this(run, wanted, replyTo, Optional.empty());
        }

        @Override
        public String signedText() {
            return SignedText.of(List.of("promise", run, wanted.text()));
        }

        @Override
        public AskPromise by(Optional<Credential> who) {
            return new AskPromise(run, wanted, replyTo, who);
        }
    }

    /**
     * Fetch these files of a checkpoint that is being written, and keep them. Answered by {@link Done}.
     *
     * @param draft name of the checkpoint while it is none yet
     */
    record Copy(
            String run, String draft, List<FileEntry> files, ActorRef<Answer> replyTo, Optional<Credential> credential)
            implements Signed {
        /** Signed by nobody yet. */
        public Copy(String run, String draft, List<FileEntry> files, ActorRef<Answer> replyTo) {
            this(run, draft, files, replyTo, Optional.empty());
        }

        @Override
        public String signedText() {
            return SignedText.of(List.of(
                    "copy",
                    run,
                    draft,
                    SignedText.of(files.stream()
                            .map(file -> file.name() + " " + file.bytes() + " " + file.sha256())
                            .toList())));
        }

        @Override
        public Copy by(Optional<Credential> who) {
            return new Copy(run, draft, files, replyTo, who);
        }
    }

    /**
     * Make a checkpoint of what you have of it. Answered by {@link Done}.
     *
     * @param promise of the coordinator that wants it
     * @param manifest to be fetched
     * @param best whether it is the best so far
     * @param keep how many stay besides the best
     */
    record Publish(
            String run,
            Promise promise,
            String draft,
            FileDigest manifest,
            boolean best,
            int keep,
            ActorRef<Answer> replyTo,
            Optional<Credential> credential)
            implements Signed {
        /** Signed by nobody yet. */
        public Publish(
                String run,
                Promise promise,
                String draft,
                FileDigest manifest,
                boolean best,
                int keep,
                ActorRef<Answer> replyTo) {
            this(run, promise, draft, manifest, best, keep, replyTo, Optional.empty());
        }

        @Override
        public String signedText() {
            return SignedText.of(List.of(
                    "publish",
                    run,
                    promise.text(),
                    draft,
                    manifest.sha256() + " " + manifest.bytes(),
                    String.valueOf(best),
                    String.valueOf(keep)));
        }

        @Override
        public Publish by(Optional<Credential> who) {
            return new Publish(run, promise, draft, manifest, best, keep, replyTo, who);
        }
    }

    /**
     * Do you see this file, with this in it? Answered by {@link Done}.
     *
     * @param file a path; or the name of a run, and a file in its folder on the node that is asked
     * @param token that nobody could guess
     */
    record AskSeen(String file, String token, ActorRef<Answer> replyTo) implements Command {}

    /** What a keeper answers. */
    sealed interface Answer extends Message {
        /** Who answers. */
        Node node();
    }

    /**
     * A keeper's node.
     *
     * @param id that it keeps for as long as it has its disk
     * @param address host:port
     * @param works whether it is one of the nodes that train
     * @param votes whether it is one of the nodes that decide who may write: every one but those of commands
     */
    record Node(String id, String address, boolean works, boolean votes) {}

    /** A checkpoint by its name and its manifest's digest. */
    record KeptCheckpoint(String name, FileDigest manifest) {}

    /**
     * What a node has of a run.
     *
     * @param checkpoints that it knows of
     * @param files of these that it has, as they were written
     */
    record RunKept(Node node, List<KeptCheckpoint> checkpoints, Set<FileDigest> files) implements Answer {}

    /** What a node has promised by now, to whomever. */
    record Promised(Node node, Promise has) implements Answer {}

    /**
     * It was done, or could not be.
     *
     * @param problem empty when it was done
     * @param succeeded whether a later run epoch is the reason
     */
    record Done(Node node, String problem, boolean succeeded) implements Answer {
        boolean isDone() {
            return problem.isEmpty();
        }
    }
}
