package millrace.app.command;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import millrace.actors.jobs.JobsProtocol.JobLine;
import millrace.actors.node.ClusterJobs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code cancel}: ends a run of a cluster. */
@Command(
        name = "cancel",
        description =
                "Ends a run of a cluster after the steps that are under way, with a checkpoint, or takes it from the queue;"
                        + " waits until that is done.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  millrace cancel mlp-deep-20261122-101500 --cluster 127.0.0.1:25520"})
public final class CancelCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Parameters(paramLabel = "RUN", description = "name of the run, as millrace jobs shows it")
    private String run = "";

    @Mixin
    private ClusterAddress cluster = new ClusterAddress();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        JobLine job = cluster.ask(node -> cancelled(node.jobs()));
        output.out().println(output.json() ? JobLines.json(job) : JobLines.sentence(job));
        output.out().flush();
        return 0;
    }

    private JobLine cancelled(ClusterJobs jobs) {
        JobLine job = JobLines.named(run, jobs.list());
        if (job.state().isFinal()) {
            throw new IllegalArgumentException("run: " + run + " (expected: one that is not over, it is "
                    + job.state().word() + ")");
        }
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!job.state().isFinal()) {
            if (System.nanoTime() - until >= 0) {
                throw new IllegalStateException(
                        "run " + run + ": still " + job.state().word() + " after " + PATIENCE.toSeconds()
                                + " s (expected: cancelled); see millrace jobs");
            }
            // again and again: a manager that has just been lost knows nothing of it
            jobs.cancel(run);
            try {
                TimeUnit.MILLISECONDS.sleep(300);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return job;
            }
            job = JobLines.named(run, jobs.list());
        }
        return job;
    }
}
