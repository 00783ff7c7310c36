package millrace.app.command;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import millrace.actors.cluster.CoordinatorProtocol.Status;
import millrace.actors.cluster.CoordinatorProtocol.WorkerStatus;
import millrace.actors.node.ClusterNode;
import millrace.app.cluster.ClusterTraining;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code status}: who is in a cluster and what it is doing. */
@Command(
        name = "status",
        description = "Shows the members of a cluster, which ranks each of them has, and how far the run is.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  millrace status --cluster 127.0.0.1:25520"})
public final class StatusCommand implements Callable<Integer> {
    @Option(
            names = "--cluster",
            paramLabel = "HOST:PORT",
            split = ",",
            defaultValue = "127.0.0.1:25520",
            description = "one or more of its nodes; the first that answers is asked (default: ${DEFAULT-VALUE})")
    private List<String> cluster = List.of();

    @Option(
            names = "--host",
            paramLabel = "NAME",
            defaultValue = "127.0.0.1",
            description =
                    "name or address by which the nodes of the cluster reach this process (default: ${DEFAULT-VALUE})")
    private String host = "127.0.0.1";

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        ClusterNode node = ClusterTraining.client(host, cluster, ClusterTraining.deployment());
        try {
            ClusterTraining.requireJoined(node, cluster);
            print(node, node.status());
            return 0;
        } finally {
            node.leave();
            node.ended()
                    .toCompletableFuture()
                    .orTimeout(20, TimeUnit.SECONDS)
                    .exceptionally(late -> null)
                    .join();
        }
    }

    private void print(ClusterNode own, Status status) {
        List<ClusterNode.MemberLine> members = own.members().stream()
                .filter(member -> !member.address().equals(own.address()))
                .toList();
        if (output.json()) {
            JsonLine line = JsonLine.event("status")
                    .put("phase", status.phase())
                    .put("run_epoch", status.runEpoch())
                    .put("step", status.step())
                    .put(
                            "members",
                            members.stream()
                                    .map(member -> new JsonLine()
                                            .put("address", member.address())
                                            .put("roles", member.roles())
                                            .put("status", member.status())
                                            .put(
                                                    "capacity",
                                                    worker(status, member).capacity())
                                            .put("ranks", worker(status, member).ranks())
                                            .put("data", data(worker(status, member))))
                                    .toList());
            status.runId().ifPresent(run -> line.put("run", run).put("samples_per_s", status.samplesPerSecond()));
            output.out().println(line);
        } else {
            output.out()
                    .println(status.runId()
                            .map(run -> String.format(
                                    Locale.ROOT,
                                    "run %s: %s, run epoch %d, step %,d, %,.0f samples/s in the last epoch",
                                    run,
                                    status.phase(),
                                    status.runEpoch(),
                                    status.step(),
                                    status.samplesPerSecond()))
                            .orElse("no run"));
            Table table = new Table().flushLeft().row("member", "roles", "status", "capacity", "ranks", "data");
            for (ClusterNode.MemberLine member : members) {
                WorkerStatus worker = worker(status, member);
                table.row(
                        member.address(),
                        String.join(",", member.roles()),
                        member.status(),
                        worker.capacity() == 0 ? "-" : String.valueOf(worker.capacity()),
                        worker.ranks().isEmpty() ? "-" : worker.ranks().toString(),
                        worker.ranks().isEmpty() ? "-" : data(worker));
            }
            output.out().println(table);
        }
        output.out().flush();
    }

    /** What a node has read or fetched of the run's data. */
    private static String data(WorkerStatus worker) {
        return worker.data().toString();
    }

    private static WorkerStatus worker(Status status, ClusterNode.MemberLine member) {
        return status.workers().stream()
                .filter(worker -> worker.address().equals(member.address()))
                .findFirst()
                .orElse(new WorkerStatus(member.address(), 0, List.of()));
    }
}
