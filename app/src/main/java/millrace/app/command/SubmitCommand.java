package millrace.app.command;

import com.typesafe.config.Config;
import java.util.Map;
import java.util.concurrent.Callable;
import millrace.actors.cluster.RunOrder;
import millrace.app.command.ClusterCommand.Ordered;
import millrace.app.config.OutputReader;
import millrace.app.output.OutputSettings;
import millrace.app.output.json.JsonLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code submit}: gives a run to a cluster. */
@Command(
        name = "submit",
        description =
                "Gives a run to a cluster, which trains it as soon as there are workers for it; prints its name and ends."
                        + " Settings and data are checked first, as by train.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace submit mlp-deep --stages 2 --cluster 127.0.0.1:25520",
            "  millrace submit run.conf --priority 5 -D limits.time=2h",
            "  millrace attach $(millrace submit mlp-deep --quiet)        as train --cluster does it"
        })
public final class SubmitCommand implements Callable<Integer> {
    @Mixin
    private RunSource source = new RunSource();

    @Mixin
    private ClusterAddress cluster = new ClusterAddress();

    @Mixin
    private JobOptions job = new JobOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Config asked = source.resolve(Map.of(), cluster.where(), output);
        OutputSettings told = OutputReader.read(asked);
        if (told.isLogged()) {
            throw new IllegalArgumentException(
                    "logs.formats: " + String.join(", ", told.logs())
                            + " with submit (expected: none, nobody is there to write them); use train --cluster, or logs -f --json");
        }
        try (ClusterCommand command = ClusterCommand.join(cluster.where())) {
            Ordered run = command.order(asked, source, job, told, output);
            output.warnAll(run.plan().warnings());
            command.submit(run);
            tell(run.order());
            return 0;
        }
    }

    private void tell(RunOrder order) {
        if (output.json()) {
            output.out()
                    .println(JsonLine.event("submitted").put("run", order.id()).put("folder", order.folder()));
        } else if (output.quiet()) {
            output.out().println(order.id());
        } else {
            output.out().println("submitted: " + order.id() + "; millrace attach " + order.id() + " follows it");
        }
        output.out().flush();
    }
}
