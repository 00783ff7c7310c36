package millrace.app.command;

import java.util.concurrent.Callable;
import millrace.actors.cluster.ClusterRun;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent.Finished;
import millrace.actors.jobs.JobsProtocol.JobLine;
import millrace.actors.node.ClusterNode;
import millrace.app.command.Following.Left;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code attach}: follows a run of a cluster to its end. */
@Command(
        name = "attach",
        description =
                "Follows a run of a cluster to its end, as train does, and ends as that would: with its result and its exit"
                        + " status. Of a run that is over it shows the result.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  millrace attach mlp-deep-20261122-101500 --cluster 127.0.0.1:25520",
            "",
            "Ctrl-C ends this command alone, the run goes on; millrace cancel ends the run."
        })
public final class AttachCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN", description = "name of the run, as millrace jobs shows it")
    private String run = "";

    @Mixin
    private ClusterAddress cluster = new ClusterAddress();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        return cluster.ask(this::follow);
    }

    private int follow(ClusterNode node) {
        JobLine job = JobLines.named(run, node.jobs().list());
        if (output.json()) {
            output.out().println(JobLines.json(job));
        } else if (!output.quiet()) {
            output.out().println(JobLines.sentence(job));
        }
        output.out().flush();
        try (Interrupts interrupts = new Interrupts(output);
                Following following = Following.of(output)) {
            ClusterRun attached = following.attach(node, run);
            interrupts.call(() -> attached.abandon(new Left()));
            try {
                RunResult result = attached.await();
                following.onEvent(new Finished(result));
                return result.reason() == RunResult.Reason.INTERRUPTED ? interrupts.status() : 0;
            } catch (Left _) {
                output.err().println("detached: run " + run + " goes on");
                output.err().flush();
                return interrupts.status();
            }
        }
    }
}
