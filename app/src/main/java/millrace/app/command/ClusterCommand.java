package millrace.app.command;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import millrace.actors.checkpoint.ResumePoint;
import millrace.actors.cluster.RunData;
import millrace.actors.cluster.RunData.NamedFile;
import millrace.actors.cluster.RunOrder;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.fetch.FileDigest;
import millrace.actors.jobs.JobTerms;
import millrace.actors.keeper.Electors;
import millrace.actors.node.ClusterNode;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.Run;
import millrace.app.cluster.Chaos;
import millrace.app.cluster.ClusterTraining;
import millrace.app.cluster.CompilerDirectives;
import millrace.app.cluster.NodeProcesses;
import millrace.app.cluster.Nodes;
import millrace.app.cluster.SimulatedNodes;
import millrace.app.command.ClusterOptions.Where;
import millrace.app.config.CheckpointSettings;
import millrace.app.config.LimitsReader;
import millrace.app.config.NamedFiles;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.app.config.Settings;
import millrace.app.output.OutputSettings;
import millrace.app.output.Outputs;
import millrace.app.output.json.JsonLine;
import millrace.app.ui.ClusterView;
import millrace.nn.io.InWords;

/** {@code train} and {@code submit} on a cluster: this command's own node, a client, and what it starts for the run. */
final class ClusterCommand implements AutoCloseable {
    private final Where where;
    private final Config deployment;
    private final ClusterNode own;

    private ClusterCommand(Where where, Config deployment, ClusterNode own) {
        this.where = where;
        this.deployment = deployment;
        this.own = own;
    }

    /** Joins the cluster, or begins one. */
    static ClusterCommand join(Where where) {
        CompilerDirectives.give();
        Config deployment = ClusterTraining.deployment();
        if (where instanceof Where.Simulated(int count, String chaos)) {
            deployment =
                    SimulatedNodes.over(deployment, count, Chaos.parse(chaos).cutsLinks());
        }
        if (where instanceof Where.Processes) {
            deployment = NodeProcesses.over(deployment);
        }
        ClusterNode own = switch (where) {
            case Where.Running(List<String> addresses, String host) ->
                ClusterTraining.client(host, addresses, deployment);
            case Where.Here _, Where.Processes _, Where.Simulated _ ->
                ClusterTraining.client("127.0.0.1", List.of(), deployment);
        };
        ClusterCommand command = new ClusterCommand(where, deployment, own);
        try {
            ClusterTraining.requireJoined(
                    own, where instanceof Where.Running running ? running.addresses() : List.of());
            return command;
        } catch (RuntimeException e) {
            command.close();
            throw e;
        }
    }

    /**
     * A run that has a folder, and can be given to the cluster.
     *
     * @param terms of its job
     */
    record Ordered(RunPlan plan, RunFolder folder, RunOrder order, JobTerms terms) {}

    /**
     * Reads and checks a run, makes its folder, and lets others fetch the files that its settings name.
     *
     * @param told what its outputs want to hear
     * @param output for what is to be known of its first weights
     */
    Ordered order(Config asked, RunSource source, JobOptions job, OutputSettings told, OutputOptions output) {
        RunSetup setup = RunSetup.of(sized(asked));
        Config config = setup.config();
        Optional<ResumePoint> from = source.resumePoint(config);
        RunPlan plan = setup.plan(source.start(from, setup.model(), output));
        RunFolder folder = RunFolder.create(config);
        from.ifPresent(point -> folder.takeOver(point, setup.model()));
        RunOrder order = order(folder, source, plan, told, config);
        return new Ordered(plan, folder, order, job.terms(config, plan.lastStep()));
    }

    /** The settings for as many workers as there are. */
    private Config sized(Config config) {
        if (where instanceof Where.Running && !config.hasPath("pipeline.workers")) {
            int workers = Math.max(1, own.jobs().status().workers());
            return config.withValue("pipeline.workers", ConfigValueFactory.fromAnyRef(workers));
        }
        return config;
    }

    private RunOrder order(RunFolder folder, RunSource source, RunPlan plan, OutputSettings told, Config config) {
        List<NamedFile> files = offered(config);
        Path path = folder.path()
                .orElseThrow(() -> new IllegalArgumentException(
                        "checkpoint.enabled: false (expected: true on a cluster, what fails goes on from"
                                + " checkpoints)"));
        Settings pipeline = new Settings(config).in("pipeline");
        // more than one for each rank would have nothing to do
        int ranks = plan.order().ranks();
        int workers = pipeline.has("workers") ? Math.min(ranks, pipeline.integer("workers")) : ranks;
        CheckpointSettings checkpoints = CheckpointSettings.read(config);
        return new RunOrder(
                folder.name(),
                absolute(path),
                RunFile.render(config),
                source.checkpoint().map(saved -> absolute(saved.path())),
                source.init().map(ClusterCommand::absolute),
                LimitsReader.workers(config, workers),
                checkpoints.keep(),
                checkpoints.pace(),
                told.tellEvery(),
                checkpoints.copies(),
                plan.spec().backend().choices(),
                new RunOrder.Keeping(sharing(checkpoints), Electors.NONE),
                RunData.of(plan.data(), files),
                Optional.empty());
    }

    /** The files that a run's settings name, which others may fetch from this command as long as it goes on. */
    private List<NamedFile> offered(Config config) {
        Map<String, String> named = new LinkedHashMap<>(NamedFiles.ofOrder(config));
        named.putAll(NamedFiles.ofData(config));
        List<NamedFile> files = new ArrayList<>();
        named.forEach((key, name) -> {
            Path path = Path.of(name);
            try {
                FileDigest digest = FileDigest.of(path);
                own.files().hold(digest, path);
                files.add(new NamedFile(key, name, digest));
            } catch (IOException e) {
                throw new IllegalArgumentException(
                        key + ": " + name + ": " + InWords.reason(e) + " (expected: a file that can be read)", e);
            }
        });
        return files;
    }

    /** Nodes of this machine see its folders. */
    private RunOrder.Sharing sharing(CheckpointSettings checkpoints) {
        boolean here = !(where instanceof Where.Running);
        return here && checkpoints.sharing() == RunOrder.Sharing.AUTO ? RunOrder.Sharing.YES : checkpoints.sharing();
    }

    private static String absolute(Path path) {
        return path.toAbsolutePath().normalize().toString();
    }

    /**
     * Trains and waits for the end.
     *
     * @param outputs hear of the run, and of the nodes
     * @param begun is told of the run that has begun
     */
    RunResult train(Ordered run, Outputs outputs, OutputOptions output, Consumer<Run> begun) {
        try (Nodes nodes = start(run.order())) {
            nodes.describe().forEach(node -> tell(node, output, outputs));
            Chaos chaos = where instanceof Where.Simulated(int _, String faults) ? Chaos.parse(faults) : Chaos.NONE;
            long last = run.plan().lastStep();
            TrainingListener listener = TrainingListener.all(chaos.watching(nodes, own, last, outputs), outputs);
            Run training = own.jobs().train(run.order(), run.terms(), listener);
            begun.accept(training);
            return training.await();
        }
    }

    /** The cluster as the page shows it. */
    ClusterView view() {
        return new ClusterPage(() -> own);
    }

    /** Submits a run that goes on by itself. */
    void submit(Ordered run) {
        own.jobs().submit(run.order(), run.terms());
    }

    private Nodes start(RunOrder order) {
        return switch (where) {
            case Where.Processes(int count) -> NodeProcesses.start(count, own, Path.of(order.folder()));
            case Where.Simulated(int count, String _) ->
                SimulatedNodes.start(count, own, Path.of(order.folder()).resolve("nodes"), deployment);
            case Where.Running _, Where.Here _ -> Nodes.NONE;
        };
    }

    private static void tell(Nodes.Description node, OutputOptions output, Outputs outputs) {
        if (output.json()) {
            JsonLine line = JsonLine.event("node").put("address", node.address());
            node.pid().ifPresent(pid -> line.put("pid", pid));
            output.out().println(line);
            output.out().flush();
        } else {
            outputs.say(node.pid().map(pid -> "process " + pid).orElse("node") + ": " + node.address());
        }
    }

    @Override
    public void close() {
        if (where instanceof Where.Running) {
            own.leave();
        } else {
            own.crash();
        }
        own.ended().toCompletableFuture().join();
    }
}
