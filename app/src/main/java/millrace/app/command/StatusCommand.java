package millrace.app.command;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import millrace.actors.cluster.CoordinatorProtocol.RankStatus;
import millrace.actors.cluster.CoordinatorProtocol.Status;
import millrace.actors.cluster.CoordinatorProtocol.WorkerStatus;
import millrace.actors.jobs.JobsProtocol.ClusterStatus;
import millrace.actors.node.ClusterNode;
import millrace.app.output.text.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code status}: who is in a cluster and what it is doing. */
@Command(
        name = "status",
        description = "Shows the members of a cluster, which ranks each of them has, and how far each run is.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  millrace status --cluster 127.0.0.1:25520"})
public final class StatusCommand implements Callable<Integer> {
    @Mixin
    private ClusterAddress cluster = new ClusterAddress();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        return cluster.ask(node -> {
            print(node, node.jobs().status());
            return 0;
        });
    }

    private void print(ClusterNode own, ClusterStatus status) {
        List<ClusterNode.MemberLine> members = own.members().stream()
                .filter(member -> !member.address().equals(own.address()))
                .toList();
        if (output.json()) {
            output.out().println(StatusLines.json(status, members));
        } else {
            if (status.runs().isEmpty()) {
                output.out().println("no run");
            }
            status.runs().forEach(run -> output.out().println(sentence(run)));
            output.out().println(table(status, members));
            if (status.runs().stream().anyMatch(run -> !run.ranks().isEmpty())) {
                output.out().println();
                output.out().println(waits(status));
            }
        }
        output.out().flush();
    }

    private static String sentence(Status run) {
        return String.format(
                Locale.ROOT,
                "run %s: %s, run epoch %d, step %,d, %,.0f samples/s in the last epoch",
                run.runId().orElse("?"),
                run.phase(),
                run.runEpoch(),
                run.step(),
                run.samplesPerSecond());
    }

    private static Table table(ClusterStatus status, List<ClusterNode.MemberLine> members) {
        Table table = new Table()
                .flushLeft()
                .row("member", "roles", "status", "capacity", "ranks", "data", "of run", "straggler");
        for (ClusterNode.MemberLine member : members) {
            StatusLines.Working working = StatusLines.working(status, member);
            WorkerStatus worker = working.worker();
            table.row(
                    member.address(),
                    String.join(",", member.roles()),
                    member.status(),
                    worker.capacity() == 0 ? "-" : String.valueOf(worker.capacity()),
                    worker.ranks().isEmpty() ? "-" : worker.ranks().toString(),
                    worker.ranks().isEmpty() ? "-" : worker.data().toString(),
                    working.run().orElse("-"),
                    Double.isNaN(worker.straggles()) ? "-" : String.format(Locale.ROOT, "%.2f", worker.straggles()));
        }
        return table;
    }

    private static Table waits(ClusterStatus status) {
        Table table = new Table().flushLeft().row("run", "rank", "waits for", "since", "work on a step");
        for (Status run : status.runs()) {
            for (RankStatus rank : run.ranks()) {
                table.row(
                        run.runId().orElse("?"),
                        rank.rank(),
                        rank.waitsFor(),
                        String.format(Locale.ROOT, "%.3f s", rank.waitingSeconds()),
                        Double.isNaN(rank.secondsPerBatch())
                                ? "-"
                                : String.format(Locale.ROOT, "%.2f ms", 1e3 * rank.secondsPerBatch()));
            }
        }
        return table;
    }
}
