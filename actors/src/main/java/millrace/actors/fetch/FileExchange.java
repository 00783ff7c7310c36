package millrace.actors.fetch;

import akka.actor.typed.ActorRef;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import millrace.actors.fetch.FetchProtocol.ToHolder;

/** A node's part in the exchange of files: what it gives to others, and what it has fetched from them. For any thread. */
public final class FileExchange {
    private final ActorRef<ToHolder> holder;
    private final ActorRef<Fetcher.Command> fetcher;

    private FileExchange(ActorRef<ToHolder> holder, ActorRef<Fetcher.Command> fetcher) {
        this.holder = holder;
        this.fetcher = fetcher;
    }

    /** Makes a node's actors for it, under names that the settings of Artery's large channel have. */
    public static FileExchange start(ActorContext<?> guardian) {
        return new FileExchange(
                guardian.spawn(Holder.create(), "holder", DispatcherSelector.blocking()),
                guardian.spawn(Fetcher.create(), "fetcher"));
    }

    /** Lets others fetch a file from here, until it changes. */
    public void hold(FileDigest file, Path path) {
        holder.tell(new FetchProtocol.Hold(file, path));
    }

    /** Lets nobody fetch a file from here any more. */
    public void drop(FileDigest file) {
        holder.tell(new FetchProtocol.Drop(file));
    }

    /**
     * Fetches a file from any node that holds it. What an attempt that has broken off has left beside the target is gone on
     * with, and the file has its name only when its bytes are those of the digest. Two that fetch the same file to the same
     * place, also in two processes, wait for one transfer.
     *
     * @param target where it shall be; its folder is made if it is not there
     * @param patience it fails when for so long nobody is found who holds the file, or nothing comes
     * @return completed with the target, or exceptionally with an {@link IllegalArgumentException} that says why not
     */
    public CompletableFuture<Path> fetch(FileDigest file, Path target, Duration patience) {
        CompletableFuture<Path> fetched = new CompletableFuture<>();
        fetcher.tell(new Fetcher.Wanted(file, target.toAbsolutePath().normalize(), patience, fetched));
        return fetched;
    }
}
