package millrace.acceptance.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.cluster.RunOrder;
import millrace.actors.plan.Start;
import millrace.actors.run.ReferenceRun;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;

/** The preset digits on two workers, long enough for something to happen on the way. */
final class DigitsRun {
    private static final String ENDLESS = "training.epochs=1000000";

    private final RunSetup setup;

    DigitsRun() {
        this("training.epochs=60");
    }

    private DigitsRun(String... settings) {
        setup = RunSetup.of(RunFile.resolve(
                "digits",
                Stream.concat(Stream.of("pipeline.workers=2"), Stream.of(settings))
                        .toList(),
                Map.of()));
    }

    /** One that goes on until it is interrupted, over slow links: hardly anything is computed meanwhile. */
    static DigitsRun endless() {
        return new DigitsRun(ENDLESS, "pipeline.link=latency=5ms");
    }

    /** The weights that a run without actors ends with. */
    String sequential() {
        return ReferenceRun.of(setup.plan(Start.FRESH), event -> {})
                .run()
                .finalState()
                .weightsSha256();
    }

    /** The weights that a run without actors has after so many steps. */
    static String sequential(long steps) {
        return new DigitsRun(ENDLESS, "training.steps=" + steps).sequential();
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
                CheckpointPace.every(interval),
                Set.of());
    }
}
