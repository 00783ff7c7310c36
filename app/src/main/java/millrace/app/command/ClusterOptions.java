package millrace.app.command;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** On which nodes a run is trained. */
final class ClusterOptions {
    @Option(
            names = "--processes",
            paramLabel = "N",
            description = "train in N processes of this machine, which this command starts")
    private @Nullable Integer processes;

    @Option(
            names = "--cluster",
            paramLabel = "HOST:PORT",
            split = ",",
            description =
                    "train on the cluster of the node at this address; of several the first that answers. Nodes that do not see"
                            + " the run folder keep their parts of it themselves")
    private @Nullable List<String> cluster;

    @Option(
            names = "--simulate-cluster",
            paramLabel = "N",
            description = "train on a cluster of N nodes that are all in this process")
    private @Nullable Integer simulated;

    @Option(
            names = "--host",
            paramLabel = "NAME",
            defaultValue = "127.0.0.1",
            description = "with --cluster: the name under which its nodes reach this one (default: ${DEFAULT-VALUE})")
    private String host = "127.0.0.1";

    @Option(
            names = "--chaos",
            paramLabel = "FAULTS",
            description =
                    "with --simulate-cluster: what fails on purpose, as in kill-worker=1@step100 (node 1 dies at step 100),"
                            + " partition=0|1@step200+5s (nodes 0 and 1 are cut off from each other for 5 s),"
                            + " crashes=20@seed1 (20 times in the run a node drawn at random crashes, and another one is started)")
    private @Nullable String chaos;

    /** Where to train. */
    sealed interface Where {
        /** Within this process. */
        record Here() implements Where {}

        /** In processes of this machine. */
        record Processes(int count) implements Where {}

        /** On nodes within this process. */
        record Simulated(int count, String chaos) implements Where {}

        /** On a cluster that is there. */
        record Running(List<String> addresses, String host) implements Where {}
    }

    Where where() {
        int given = (processes == null ? 0 : 1) + (cluster == null ? 0 : 1) + (simulated == null ? 0 : 1);
        if (given > 1) {
            throw new IllegalArgumentException(
                    "--processes, --cluster, --simulate-cluster: " + given + " of them (expected: at most one)");
        }
        if (chaos != null && simulated == null) {
            throw new IllegalArgumentException("--chaos: " + chaos + " (expected: with --simulate-cluster)");
        }
        if (processes != null) {
            return new Where.Processes(count("--processes", processes));
        }
        if (simulated != null) {
            return new Where.Simulated(count("--simulate-cluster", simulated), chaos == null ? "" : chaos);
        }
        return cluster == null ? new Where.Here() : new Where.Running(cluster, host);
    }

    private static int count(String option, int value) {
        if (value < 1 || value > 256) {
            throw new IllegalArgumentException(option + ": " + value + " (expected: 1 to 256)");
        }
        return value;
    }

    /** Settings that follow: stages = auto goes by the number of workers. */
    Map<String, Object> settings() {
        Map<String, Object> settings = new TreeMap<>();
        switch (where()) {
            case Where.Processes(int count) -> settings.put("pipeline.workers", count);
            case Where.Simulated(int count, String _) -> settings.put("pipeline.workers", count);
            case Where.Here _, Where.Running _ -> {}
        }
        return settings;
    }
}
