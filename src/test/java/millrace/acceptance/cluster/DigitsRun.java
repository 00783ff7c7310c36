package millrace.acceptance.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import millrace.actors.cluster.RunOrder;
import millrace.actors.plan.Start;
import millrace.actors.run.ReferenceRun;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;

/** The preset digits on two workers, long enough for something to happen on the way. */
final class DigitsRun {
    private final RunSetup setup =
            RunSetup.of(RunFile.resolve("digits", List.of("training.epochs=60", "pipeline.workers=2"), Map.of()));

    /** The weights that a run without actors ends with. */
    String sequential() {
        return ReferenceRun.of(setup.plan(Start.FRESH), event -> {})
                .run()
                .finalState()
                .weightsSha256();
    }

    /**
     * The order that a client gives.
     *
     * @param parent where the run's folder is made
     * @param interval between checkpoints
     */
    RunOrder order(Path parent, Duration interval) throws IOException {
        Path folder = Files.createDirectory(parent.resolve("digits-run"));
        return new RunOrder(
                "digits-run",
                folder.toString(),
                RunFile.render(setup.config()),
                Optional.empty(),
                Optional.empty(),
                2,
                2,
                interval,
                Set.of());
    }
}
