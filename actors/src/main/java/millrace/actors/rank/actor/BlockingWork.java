package millrace.actors.rank.actor;

import akka.Done;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Reading and writing files on Akka's dispatcher for that; actors pipe the outcome to themselves. */
public final class BlockingWork {
    private BlockingWork() {}

    /** Begins the work; a failure is told by {@link #cause}. */
    public static <T> CompletableFuture<T> begin(ActorSystem<?> system, Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, system.dispatchers().lookup(DispatcherSelector.blocking()));
    }

    /** Begins work that has no result. */
    public static CompletableFuture<Done> run(ActorSystem<?> system, Runnable work) {
        return begin(system, () -> {
            work.run();
            return Done.done();
        });
    }

    /** What the work has thrown, without what futures wrap around it. */
    public static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
