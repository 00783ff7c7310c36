package millrace.app.command;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import millrace.actors.cluster.ClusterRun;
import millrace.actors.cluster.RunOrder;
import millrace.actors.event.TrainingEvent.Finished;
import millrace.actors.event.TrainingEvent.Noticed;
import millrace.actors.event.TrainingEvent.Started;
import millrace.actors.jobs.JobsProtocol.JobLine;
import millrace.actors.node.ClusterNode;
import millrace.actors.plan.RunPlan;
import millrace.app.cluster.Plans;
import millrace.app.config.RunFile;
import millrace.app.output.Outputs;

/** Shows all runs of a cluster on the page of one of its nodes: each from what is known of its beginning to its end. */
final class ClusterRuns {
    private static final long LOOK_AGAIN_MILLIS = 1000;

    private final LivePage page;
    private final ClusterNode node;
    private final Set<String> followed = ConcurrentHashMap.newKeySet();

    private ClusterRuns(LivePage page, ClusterNode node) {
        this.page = page;
        this.node = node;
    }

    /** Begins, on a thread of its own, and goes on as long as the node is a member. */
    static void follow(LivePage page, ClusterNode node) {
        if (page.isOpen()) {
            ClusterRuns runs = new ClusterRuns(page, node);
            Thread.ofVirtual().name("runs").start(runs::look);
        }
    }

    private void look() {
        while (!node.ended().toCompletableFuture().isDone()) {
            try {
                for (JobLine job : node.jobs().list()) {
                    if (!job.state().isFinal() && followed.add(job.name())) {
                        Thread.ofVirtual().name("run " + job.name()).start(() -> follow(job.name()));
                    }
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MILLIS);
            } catch (IllegalStateException _) {
                // the trainer is just being moved
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void follow(String name) {
        try {
            Optional<RunOrder> order = node.jobs().order(name);
            Config settings = order.map(ClusterRuns::settings).orElseGet(ConfigFactory::empty);
            follow(page.show(name, settings), name, order.flatMap(ClusterRuns::plan));
        } catch (RuntimeException _) {
            // such as a trainer that is just being moved: it is tried again
            followed.remove(name);
        }
    }

    private void follow(LivePage.Shown shown, String name, Optional<RunPlan> plan) {
        try (Outputs outputs = shown.outputs()) {
            plan.ifPresent(known -> new Started(name, known, false).tell(outputs));
            ClusterRun run = node.jobs().attach(name, outputs);
            plan.ifPresentOrElse(known -> shown.watch(known, run), () -> shown.stopBy(run));
            try {
                outputs.onEvent(new Finished(run.await()));
            } catch (RuntimeException e) {
                outputs.onEvent(Noticed.warning(String.valueOf(e.getMessage())));
            }
        }
    }

    private static Config settings(RunOrder order) {
        return RunFile.resolve(RunFile.parseSent(order.configuration()), List.of(), Map.of());
    }

    /** Empty where it needs files that are not here: then its ranks are not drawn. */
    private static Optional<RunPlan> plan(RunOrder order) {
        try {
            return Optional.of(new Plans().outline(order));
        } catch (RuntimeException _) {
            return Optional.empty();
        }
    }
}
