package millrace.app.command;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import millrace.actors.cluster.ClusterRun;
import millrace.actors.event.TrainingEvent.Finished;
import millrace.actors.jobs.JobsProtocol.JobLine;
import millrace.actors.node.ClusterNode;
import millrace.app.command.Following.Left;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code logs}: what a run of a cluster has told. */
@Command(
        name = "logs",
        description =
                "Shows what a run of a cluster has told so far: where its ranks went, its epochs, what was lost. The cluster"
                        + " remembers the last 200 of these events, for as long as the node that leads the jobs stays.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace logs mlp-deep-20261122-101500 --cluster 127.0.0.1:25520",
            "  millrace logs -f mlp-deep-20261122-101500             and what it tells from now on, to its end"
        })
public final class LogsCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN", description = "name of the run, as millrace jobs shows it")
    private String run = "";

    @Option(
            names = {"-f", "--follow"},
            description = "go on until the run is over; Ctrl-C ends this command, not the run")
    private boolean follow;

    @Mixin
    private ClusterAddress cluster = new ClusterAddress();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        return cluster.ask(this::tell);
    }

    private int tell(ClusterNode node) {
        JobLine job = JobLines.named(run, node.jobs().list());
        try (Interrupts interrupts = new Interrupts(output);
                Following following = Following.of(output)) {
            ClusterRun attached = following.attach(node, run);
            if (follow) {
                interrupts.call(() -> attached.abandon(new Left()));
            } else if (!job.state().isFinal()) {
                CompletableFuture<Void> _ = attached.caughtUp().thenRun(() -> attached.abandon(new Left()));
            }
            try {
                following.onEvent(new Finished(attached.await()));
                return 0;
            } catch (Left _) {
                return interrupts.isReceived() ? interrupts.status() : 0;
            }
        }
    }
}
