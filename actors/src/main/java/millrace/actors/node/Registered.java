package millrace.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Actors of a cluster that are known under a key. May block: a command that has just joined learns of them in a moment. */
final class Registered {
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final int LOOKS = 50;
    private static final long LOOK_AGAIN_MILLIS = 200;

    private Registered() {}

    /** Those that are known once they are enough, or else after ten seconds. */
    static <T> Set<ActorRef<T>> await(ActorSystem<?> system, ServiceKey<T> key, Predicate<Set<ActorRef<T>>> enough) {
        Set<ActorRef<T>> found = now(system, key);
        for (int look = 1; look < LOOKS && !enough.test(found); look++) {
            try {
                TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return found;
            }
            found = now(system, key);
        }
        return found;
    }

    /** Those that are known now. */
    static <T> Set<ActorRef<T>> now(ActorSystem<?> system, ServiceKey<T> key) {
        return AskPattern.<Receptionist.Command, Receptionist.Listing>ask(
                        system.receptionist(), replyTo -> Receptionist.find(key, replyTo), ANSWER, system.scheduler())
                .thenApply(listing -> listing.getServiceInstances(key))
                .toCompletableFuture()
                .join();
    }
}
