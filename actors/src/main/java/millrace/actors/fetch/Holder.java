package millrace.actors.fetch;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import millrace.actors.fetch.FetchProtocol.AskChunk;
import millrace.actors.fetch.FetchProtocol.AskHolding;
import millrace.actors.fetch.FetchProtocol.Chunk;
import millrace.actors.fetch.FetchProtocol.Drop;
import millrace.actors.fetch.FetchProtocol.Hold;
import millrace.actors.fetch.FetchProtocol.Holding;
import millrace.actors.fetch.FetchProtocol.NotHeld;
import millrace.actors.fetch.FetchProtocol.ToHolder;

/**
 * Gives files of this node to others that ask for them by their digest; only those that it was told of, so nobody can ask for
 * a file by its path. It reads from the disk, so it belongs on a dispatcher for that.
 */
public final class Holder extends AbstractOnMessageBehavior<ToHolder> {
    private final Map<FileDigest, Held> held = new HashMap<>();

    /** A file as it was when its digest was computed. */
    private record Held(Path path, long bytes, FileTime changed) {
        static Held of(Path path) throws IOException {
            return new Held(path, Files.size(path), Files.getLastModifiedTime(path));
        }

        boolean isUnchanged() {
            try {
                return equals(of(path));
            } catch (IOException _) {
                return false;
            }
        }
    }

    /** The holder of a node, found under {@link FetchProtocol#HOLDERS}. */
    public static Behavior<ToHolder> create() {
        return Behaviors.setup(context -> {
            context.getSystem().receptionist().tell(Receptionist.register(FetchProtocol.HOLDERS, context.getSelf()));
            return new Holder(context);
        });
    }

    private Holder(ActorContext<ToHolder> context) {
        super(context);
    }

    @Override
    public Behavior<ToHolder> onMessage(ToHolder message) {
        switch (message) {
            case Hold(FileDigest file, Path path) -> {
                try {
                    held.put(file, Held.of(path));
                } catch (IOException _) {
                    // gone already: nobody gets it from here
                }
            }
            case Drop(FileDigest file) -> held.remove(file);
            case AskHolding(FileDigest file, var replyTo) ->
                replyTo.tell(
                        find(file).isPresent()
                                ? new Holding(file, getContext().getSelf())
                                : new NotHeld(file, getContext().getSelf()));
            case AskChunk(FileDigest file, long number, var replyTo) ->
                replyTo.tell(find(file)
                        .flatMap(found -> read(found, number))
                        .<FetchProtocol.ToFetch>map(bytes ->
                                new Chunk(file, number, bytes, getContext().getSelf()))
                        .orElseGet(() -> new NotHeld(file, getContext().getSelf())));
        }
        return this;
    }

    private Optional<Held> find(FileDigest file) {
        Held found = held.get(file);
        if (found != null && !found.isUnchanged()) {
            held.remove(file);
            return Optional.empty();
        }
        return Optional.ofNullable(found);
    }

    private static Optional<ByteBuffer> read(Held file, long number) {
        long from = number * Download.CHUNK;
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(Download.CHUNK, file.bytes() - from));
        try (FileChannel channel = FileChannel.open(file.path())) {
            while (bytes.hasRemaining() && channel.read(bytes, from + bytes.position()) >= 0) {
                // a read may give less than there is room for
            }
        } catch (IOException _) {
            return Optional.empty();
        }
        return bytes.hasRemaining()
                ? Optional.empty()
                : Optional.of(bytes.flip().asReadOnlyBuffer());
    }
}
