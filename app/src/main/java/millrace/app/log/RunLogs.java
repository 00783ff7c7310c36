package millrace.app.log;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Snapshot;
import millrace.app.log.LogSettings.Format;
import millrace.nn.infer.Evaluation;

/** The logs of one run, written while another listener hears the same. */
public final class RunLogs implements TrainingListener, AutoCloseable {
    private final LogSettings settings;
    private final Path folder;
    private final TrainingListener listener;
    private final List<RunLog> logs = new ArrayList<>();

    private interface Writing {
        void run() throws IOException;
    }

    /**
     * Begins the logs. A run that goes on, in the folder where it was logged before, takes its logs up; any other run
     * needs a folder without logs.
     *
     * @param folder made if it is not there
     * @param run its name
     * @param listener who is told first
     * @throws IllegalArgumentException when the folder cannot be written, or has logs of another run
     */
    public RunLogs(
            LogSettings settings,
            Path folder,
            String run,
            RunPlan plan,
            boolean sequential,
            TrainingListener listener) {
        this.settings = settings;
        this.folder = folder;
        this.listener = listener;
        long from = plan.start().step();
        writing(() -> {
            if (settings.isOn()) {
                Files.createDirectories(folder);
                requireNoLogs(from);
            }
            if (settings.formats().contains(Format.TENSORBOARD)) {
                EventFile file = EventFile.in(folder, host(), () -> System.currentTimeMillis() / 1e3);
                logs.add(new TensorBoardLog(file, settings.histograms()));
                if (from > 0) {
                    file.restart(from);
                }
            }
            if (settings.formats().contains(Format.CSV)) {
                logs.add(new CsvLog(folder, plan, from > 0 ? from : -1));
            }
            if (settings.formats().contains(Format.JSONL)) {
                logs.add(new JsonLog(folder, run, plan, sequential));
            }
        });
    }

    private void requireNoLogs(long from) throws IOException {
        if (from > 0) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("events.out.tfevents.")
                            || List.of("steps.csv", "epochs.csv", "evaluations.csv", "log.jsonl")
                                    .contains(name))
                    .findFirst()
                    .ifPresent(name -> {
                        throw new IllegalArgumentException("log folder: " + folder + " has " + name
                                + " of another run (expected: a folder without logs); choose another --log-dir");
                    });
        }
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    @Override
    public void onEvent(TrainingEvent event) {
        listener.onEvent(event);
        boolean logged = !(event instanceof TrainingEvent.StepDone step) || step.step() % settings.every() == 0;
        for (RunLog log : logged ? logs : List.<RunLog>of()) {
            writing(() -> log.event(event));
        }
    }

    @Override
    public boolean wantsCheckpoints() {
        return listener.wantsCheckpoints() || wantsWeights();
    }

    private boolean wantsWeights() {
        return settings.formats().contains(Format.TENSORBOARD)
                && (settings.histograms() || settings.gradientHistograms());
    }

    @Override
    public boolean wantsGradients() {
        return settings.formats().contains(Format.TENSORBOARD) && settings.gradientHistograms();
    }

    @Override
    public void onCheckpoint(Snapshot snapshot, Map<String, Evaluation> evaluations, boolean improved) {
        if (listener.wantsCheckpoints()) {
            listener.onCheckpoint(snapshot, evaluations, improved);
        }
        for (RunLog log : logs) {
            writing(() -> log.weights(snapshot));
        }
    }

    /** The run is over. */
    public void done(RunResult result, String weightsSha256) {
        for (RunLog log : logs) {
            writing(() -> log.done(result, weightsSha256));
        }
    }

    private void writing(Writing writing) {
        try {
            writing.run();
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "log folder: " + folder + ", " + e
                            + " (expected: a folder that can be written, on a disk with room); choose another"
                            + " --log-dir",
                    e);
        }
    }

    @Override
    public void close() {
        for (RunLog log : logs) {
            writing(log::close);
        }
    }
}
