package millrace.app.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.cluster.DataFiles;
import millrace.actors.cluster.PlanSource;
import millrace.actors.cluster.RunData.NamedFile;
import millrace.actors.cluster.RunOrder;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.plan.TrainingData;
import millrace.app.config.NamedFiles;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.nn.backend.Backend;
import millrace.nn.kernel.Kernels;

/**
 * Plans from the settings that travel with a run order. A path in them is never opened as it stands: a node finds the file
 * that has the order's digest, where it is allowed to look.
 */
public final class Plans implements PlanSource {
    @Override
    public RunPlan plan(String configuration) {
        return RunSetup.of(settings(configuration)).plan(Start.FRESH);
    }

    @Override
    public RunPlan plan(RunOrder order, DataFiles files) {
        Config config = settings(order.configuration());
        Config found =
                found(found(config, NamedFiles.ofOrder(config), order, files), NamedFiles.ofData(config), order, files);
        return RunSetup.of(found).plan(Start.FRESH).choosing(order.kernels());
    }

    @Override
    public RunPlan outline(RunOrder order, DataFiles files) {
        Optional<TrainingData> outline = order.data().outline();
        if (outline.isEmpty()) {
            return plan(order, files);
        }
        Config config = settings(order.configuration());
        return RunSetup.outlined(found(config, NamedFiles.ofOrder(config), order, files), outline.get())
                .plan(Start.FRESH)
                .choosing(order.kernels());
    }

    @Override
    public Optional<Kernels> kernels() {
        return Optional.of(Backend.fast().float32());
    }

    /** The settings with the paths that files have on this node. */
    private static Config found(Config config, Map<String, String> named, RunOrder order, DataFiles files) {
        Config found = config;
        for (Map.Entry<String, String> entry : named.entrySet()) {
            NamedFile file = order.data().files().stream()
                    .filter(known -> known.key().equals(entry.getKey()))
                    .filter(known -> known.path().equals(entry.getValue()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(entry.getKey() + ": " + entry.getValue()
                            + " without a digest in the order (expected: one for each file, no other is read); order the"
                            + " run by millrace train"));
            found = found.withValue(
                    file.key(), ConfigValueFactory.fromAnyRef(files.find(file).toString()));
        }
        return found;
    }

    private static Config settings(String configuration) {
        return RunFile.resolve(RunFile.parseSent(configuration), List.of(), Map.of());
    }
}
