package millrace.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionException;
import millrace.actors.cluster.RunData.NamedFile;
import millrace.actors.cluster.RunOrder;
import millrace.actors.cluster.WorkerProtocol;
import millrace.actors.cluster.WorkerProtocol.FetchFiles;
import millrace.actors.cluster.WorkerProtocol.FilesFetched;

/**
 * Gives the files that a run names to nodes which stay, where whoever has them does not: as many as keep the state of a stage
 * ({@code checkpoint.copies} and one). The others fetch them from these when the run begins. May block.
 */
final class FileHandover {
    private static final Duration ANSWER = Duration.ofSeconds(10);
    // what a slow line still carries
    private static final long SLOWEST_BYTES_PER_SECOND = 1 << 20;

    private FileHandover() {}

    /** @throws IllegalArgumentException when no node has or takes them */
    static void toNodes(ActorSystem<?> system, RunOrder order) {
        if (order.data().files().isEmpty()) {
            return;
        }
        List<String> problems = new ArrayList<>();
        int holders = 0;
        for (ActorRef<WorkerProtocol.Command> worker : workers(system)) {
            if (holders > order.copies()) {
                return;
            }
            String problem = asked(system, worker, order);
            if (problem.isEmpty()) {
                holders++;
            } else {
                problems.add(problem);
            }
        }
        if (holders == 0) {
            throw new IllegalArgumentException(order.data().files().getFirst().key() + ": "
                    + order.data().files().getFirst().path()
                    + " would be gone with this command (expected: a node that has it, or fetches it before the command ends); "
                    + (problems.isEmpty() ? "there is no worker" : String.join("; ", problems))
                    + "; copy it to the nodes, or use train --cluster, which stays");
        }
    }

    private static String asked(ActorSystem<?> system, ActorRef<WorkerProtocol.Command> worker, RunOrder order) {
        long bytes = order.data().files().stream()
                .map(NamedFile::digest)
                .mapToLong(file -> file.bytes())
                .sum();
        Duration patience = ANSWER.plusSeconds(20 + bytes / SLOWEST_BYTES_PER_SECOND);
        try {
            return AskPattern.<WorkerProtocol.Command, FilesFetched>ask(
                            worker, replyTo -> new FetchFiles(order, replyTo), patience, system.scheduler())
                    .toCompletableFuture()
                    .join()
                    .problem();
        } catch (CompletionException e) {
            return "node " + worker.path().address().hostPort() + ": no answer within " + patience.toSeconds() + " s";
        }
    }

    /** Those that are known by now. */
    private static List<ActorRef<WorkerProtocol.Command>> workers(ActorSystem<?> system) {
        return Registered.await(system, WorkerProtocol.KEY, found -> !found.isEmpty()).stream()
                .sorted(Comparator.comparing(worker -> worker.path().toString()))
                .toList();
    }
}
