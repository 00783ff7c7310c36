package millrace.actors.fetch;

import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Has files fetched, each once however many ask for it. Pieces of files come to its children, over Artery's large channel. */
final class Fetcher {
    private final ActorContext<Command> context;
    private final Map<Path, CompletableFuture<Path>> underWay = new HashMap<>();
    private long number;

    /** What it is told, on its own node. */
    sealed interface Command {}

    /** A file that somebody needs; as in {@link Fetch#create}. */
    record Wanted(FileDigest file, Path target, Duration patience, CompletableFuture<Path> fetched)
            implements Command {}

    private record Over(Path target) implements Command {}

    private Fetcher(ActorContext<Command> context) {
        this.context = context;
    }

    static Behavior<Command> create() {
        return Behaviors.setup(context -> new Fetcher(context).waiting());
    }

    private Behavior<Command> waiting() {
        return Behaviors.receive(Command.class)
                .onMessage(Wanted.class, this::onWanted)
                .onMessage(Over.class, over -> {
                    underWay.remove(over.target());
                    return Behaviors.same();
                })
                .build();
    }

    private Behavior<Command> onWanted(Wanted wanted) {
        CompletableFuture<Path> fetched = underWay.computeIfAbsent(wanted.target(), target -> {
            CompletableFuture<Path> begun = new CompletableFuture<>();
            context.watchWith(
                    context.spawn(
                            Fetch.create(wanted.file(), target, wanted.patience(), begun),
                            "fetch-" + number++,
                            DispatcherSelector.blocking()),
                    new Over(target));
            return begun;
        });
        CompletableFuture<Path> _ = fetched.whenComplete((path, failure) -> {
            if (failure == null) {
                wanted.fetched().complete(path);
            } else {
                wanted.fetched().completeExceptionally(failure);
            }
        });
        return Behaviors.same();
    }
}
