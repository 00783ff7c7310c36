package millrace.app.command;

import java.util.List;
import java.util.concurrent.Callable;
import millrace.actors.jobs.JobsProtocol.JobLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code jobs}: the runs of a cluster. */
@Command(
        name = "jobs",
        description =
                "Shows the jobs of a cluster: runs that are under way, that wait for workers, and the last that are over.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  millrace jobs --cluster 127.0.0.1:25520"})
public final class JobsCommand implements Callable<Integer> {
    @Mixin
    private ClusterAddress cluster = new ClusterAddress();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        List<JobLine> jobs = cluster.ask(node -> node.jobs().list());
        if (output.json()) {
            jobs.forEach(job -> output.out().println(JobLines.json(job)));
        } else {
            output.out().println(jobs.isEmpty() ? "no jobs" : JobLines.table(jobs));
        }
        output.out().flush();
        return 0;
    }
}
