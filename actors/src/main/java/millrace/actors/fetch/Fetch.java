package millrace.actors.fetch;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.Signal;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.actor.typed.receptionist.Receptionist;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import millrace.actors.fetch.FetchProtocol.AskChunk;
import millrace.actors.fetch.FetchProtocol.AskHolding;
import millrace.actors.fetch.FetchProtocol.Chunk;
import millrace.actors.fetch.FetchProtocol.FetchLocal;
import millrace.actors.fetch.FetchProtocol.Holding;
import millrace.actors.fetch.FetchProtocol.NotHeld;
import millrace.actors.fetch.FetchProtocol.ToFetch;
import millrace.actors.fetch.FetchProtocol.ToHolder;
import millrace.nn.io.InWords;
import org.jspecify.annotations.Nullable;

/**
 * Fetches one file: asks all holders that there are, then those that hold the file for its pieces, and gives it its name when
 * its bytes are what its digest says. What to ask for is decided by {@link Download}. It writes to the disk, so it belongs on
 * a dispatcher for that.
 */
final class Fetch extends AbstractOnMessageBehavior<ToFetch> {
    private static final Duration LOOK_EVERY = Duration.ofMillis(250);

    record HoldersListed(Set<ActorRef<ToHolder>> holders) implements FetchLocal {}

    record Look() implements FetchLocal {}

    private final FileDigest file;
    private final Path target;
    private final Duration patience;
    private final CompletableFuture<Path> fetched;
    private final Download<ActorRef<ToHolder>> download;
    private @Nullable PartFile part;
    private Set<ActorRef<ToHolder>> holders = Set.of();
    private long progressAt = System.nanoTime();
    private boolean damaged;

    /**
     * A fetch that stops when it is done, or has failed.
     *
     * @param target where the file shall be
     * @param patience it fails when for so long nobody is found who holds the file, or nothing comes
     * @param fetched completed with the target, or exceptionally with the reason
     */
    static Behavior<ToFetch> create(FileDigest file, Path target, Duration patience, CompletableFuture<Path> fetched) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            ActorRef<Receptionist.Listing> listings = context.messageAdapter(
                    Receptionist.Listing.class,
                    listing -> new HoldersListed(listing.getServiceInstances(FetchProtocol.HOLDERS)));
            context.getSystem().receptionist().tell(Receptionist.subscribe(FetchProtocol.HOLDERS, listings));
            return new Fetch(context, timers, file, target, patience, fetched);
        }));
    }

    private Fetch(
            ActorContext<ToFetch> context,
            TimerScheduler<ToFetch> timers,
            FileDigest file,
            Path target,
            Duration patience,
            CompletableFuture<Path> fetched) {
        super(context);
        this.file = file;
        this.target = target;
        this.patience = patience;
        this.fetched = fetched;
        this.download = new Download<>(file.bytes());
        timers.startTimerWithFixedDelay(new Look(), Duration.ZERO, LOOK_EVERY);
    }

    @Override
    public Behavior<ToFetch> onMessage(ToFetch message) {
        try {
            switch (message) {
                case HoldersListed(var found) -> {
                    holders = found;
                    askHolders();
                }
                case Holding(FileDigest of, var holder) -> {
                    if (of.equals(file)) {
                        download.holds(holder);
                    }
                }
                case NotHeld(FileDigest of, var holder) -> {
                    if (of.equals(file)) {
                        download.lost(holder);
                    }
                }
                case Chunk(FileDigest of, long number, ByteBuffer bytes, var holder) -> {
                    if (of.equals(file)) {
                        arrived(number, bytes, holder);
                    }
                }
                case Look() -> {
                    if (!download.hasHolder()) {
                        // also again: a question may be lost, and who did not hold it may have fetched it meanwhile
                        askHolders();
                    }
                    // while somebody else fetches the same file to the same place there is nothing to do
                    if (part == null && open()) {
                        return end();
                    }
                }
            }
            return goOn();
        } catch (IOException e) {
            return failed("fetched file: " + target + ": " + InWords.reason(e) + " (expected: a folder with room for "
                    + file.bytes() + " bytes); free or choose another");
        }
    }

    private void askHolders() {
        holders.forEach(holder -> holder.tell(new AskHolding(file, getContext().getSelf())));
    }

    /** Begins where another attempt has come to; true where the file is here. */
    private boolean open() throws IOException {
        if (Files.exists(target)
                && Files.size(target) == file.bytes()
                && FileDigest.of(target).equals(file)) {
            return true;
        }
        Optional<PartFile> opened = PartFile.open(file, target);
        if (opened.isPresent()) {
            part = opened.get();
            download.resume(part.chunks());
            progressAt = System.nanoTime();
        }
        return false;
    }

    private void arrived(long number, ByteBuffer bytes, ActorRef<ToHolder> holder) throws IOException {
        if (part == null) {
            return;
        }
        try {
            long first = download.written();
            for (ByteBuffer ready : download.arrived(number, bytes)) {
                part.write(first++, ready);
                progressAt = System.nanoTime();
            }
        } catch (IllegalArgumentException _) {
            // what it sends is no piece of the file
            download.lost(holder);
        }
    }

    private Behavior<ToFetch> goOn() throws IOException {
        if (part == null) {
            return this;
        }
        if (download.isDone()) {
            if (part.complete()) {
                return end();
            }
            if (damaged) {
                return failed(
                        "fetched file: " + file + ": its holders send other bytes (expected: those of the digest);"
                                + " has it changed since the run was ordered?");
            }
            // perhaps only what an earlier attempt has left
            damaged = true;
            download.again();
        }
        if (System.nanoTime() - progressAt > patience.toNanos()) {
            return failed(
                    download.hasHolder()
                            ? "fetched file: " + file + ": nothing comes from its holders for " + patience.toSeconds()
                                    + " s (expected: a piece of it)"
                            : "fetched file: " + file + ": none of " + holders.size()
                                    + " nodes has it (expected: the command that ordered the run, or another node, that"
                                    + " holds it)");
        }
        download.asks(System.nanoTime())
                .forEach(ask -> ask.holder()
                        .tell(new AskChunk(file, ask.chunk(), getContext().getSelf())));
        return this;
    }

    private Behavior<ToFetch> end() throws IOException {
        if (part != null) {
            // whoever gets the file may lock it at once
            part.close();
        }
        fetched.complete(target);
        return Behaviors.stopped();
    }

    private Behavior<ToFetch> failed(String reason) {
        fetched.completeExceptionally(new IllegalArgumentException(reason));
        return Behaviors.stopped();
    }

    @Override
    public Behavior<ToFetch> onSignal(Signal signal) {
        if (signal instanceof PostStop) {
            try {
                if (part != null) {
                    part.close();
                }
            } catch (IOException _) {
                // what is there is there
            }
            fetched.completeExceptionally(new IllegalStateException(
                    "fetched file: " + file + ": the node has ended meanwhile (expected: a node that goes on)"));
        }
        return this;
    }
}
