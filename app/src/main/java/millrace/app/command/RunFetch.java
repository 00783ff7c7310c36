package millrace.app.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import millrace.actors.checkpoint.KeptFolder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where files of a run are fetched from that are on the disks of its nodes, and not in its folder here. */
final class RunFetch {
    @Option(
            names = "--cluster",
            paramLabel = "HOST:PORT",
            split = ",",
            description =
                    "of a run whose nodes share no folder: fetch what is not here from the cluster of the node at this address")
    private @Nullable List<String> cluster;

    @Option(
            names = "--host",
            paramLabel = "NAME",
            defaultValue = "127.0.0.1",
            description = "with --cluster: the name under which its nodes reach this one (default: ${DEFAULT-VALUE})")
    private String host = "127.0.0.1";

    /** Fetches what was asked for, if anything was. */
    void fetch(Path path, OutputOptions output) {
        if (cluster != null) {
            fetch(path, cluster, host, output);
        }
    }

    /**
     * Gathers the last and the best checkpoint of a run in its folder here; nothing changes when no node knows the run.
     *
     * @param path the run's folder, or a checkpoint in it; its name is that of the run
     */
    static void fetch(Path path, List<String> cluster, String host, OutputOptions output) {
        Path folder = runFolder(path);
        String run = String.valueOf(folder.getFileName());
        boolean found = ClusterAddress.ask(
                host,
                cluster,
                node -> node.gather(run, folder, missing -> say(output, missing + "; the one before it is used")));
        if (!found) {
            say(output, "run " + run + ": no node of the cluster has a whole checkpoint of it");
        }
    }

    private static void say(OutputOptions output, String warning) {
        output.err().println("warning: " + warning);
        output.err().flush();
    }

    /** Whether files of a run may be elsewhere: it has no checkpoint here, or one whose nodes share no folder. */
    static boolean mayBeElsewhere(Path path) {
        KeptFolder kept = new KeptFolder(runFolder(path));
        try {
            List<String> names = kept.names();
            return names.isEmpty()
                    || KeptFolder.manifest(kept.checkpoint(names.getFirst()).resolve(KeptFolder.MANIFEST)).stream()
                            .flatMap(manifest -> manifest.files().stream())
                            .anyMatch(file -> !file.holders().isEmpty());
        } catch (IOException _) {
            // whoever reads it next says why it cannot be
            return false;
        }
    }

    private static Path runFolder(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        if (parent == null || !parent.endsWith("checkpoints") || Files.isDirectory(absolute.resolve("checkpoints"))) {
            return absolute;
        }
        return Objects.requireNonNull(parent.getParent(), "checkpoints are in a run's folder");
    }
}
