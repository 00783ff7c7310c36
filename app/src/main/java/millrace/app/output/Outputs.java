package millrace.app.output;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.Started;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.Snapshot;
import millrace.app.output.OutputFormat.Target;
import millrace.nn.infer.Evaluation;
import millrace.nn.io.InWords;
import org.jspecify.annotations.Nullable;

/** All outputs of one run: each is told everything, one after the other. */
public final class Outputs implements TrainingListener, AutoCloseable {
    private final Path folder;
    // an output that is lost is taken off while all are told
    private final List<RunOutput> outputs = new CopyOnWriteArrayList<>();
    private @Nullable OutputLost lost;
    private Runnable whenLost = () -> {};

    private interface Writing {
        void to(RunOutput output) throws IOException;
    }

    private Outputs(Path folder) {
        this.folder = folder;
    }

    /**
     * Opens them: standard output first, then the logs that the settings name, in the order of their registration.
     *
     * @param standard empty where a run is told by logs alone
     * @param folder of the logs, made if it is not there; empty: none
     * @throws IllegalArgumentException when there is no folder for the logs, when it cannot be written, or when it has logs
     *     of another run
     */
    public static Outputs open(
            Started run, OutputSettings settings, Optional<StandardOutput> standard, Optional<Path> folder) {
        if (settings.isLogged() && folder.isEmpty()) {
            throw new IllegalArgumentException("logs.folder: none (expected: --log-dir DIR, since the run has no folder"
                    + " without checkpoints)");
        }
        Outputs outputs = new Outputs(folder.orElse(Path.of("")));
        try {
            outputs.open(run, settings, standard);
            return outputs;
        } catch (IOException e) {
            outputs.close();
            throw outputs.problem(e);
        } catch (RuntimeException e) {
            outputs.close();
            throw e;
        }
    }

    /** None yet. */
    public static Outputs none() {
        return new Outputs(Path.of(""));
    }

    private void open(Started run, OutputSettings settings, Optional<StandardOutput> standard) throws IOException {
        if (standard.isPresent()) {
            PrintWriter err = standard.get().err();
            Target target = new Target(run, standard.get().out(), err, folder, settings.logEvery(), settings);
            outputs.add(OutputFormats.of(standard.get().audience()).open(target));
        }
        if (settings.isLogged()) {
            PrintWriter nobody = new PrintWriter(Writer.nullWriter());
            Target target = new Target(run, nobody, nobody, folder, settings.every(), settings);
            Files.createDirectories(folder);
            if (target.stepsBefore() == 0) {
                requireNoLogs();
            }
            for (OutputFormat format : OutputFormats.logs()) {
                if (settings.logs().contains(format.name())) {
                    outputs.add(format.open(target));
                }
            }
        }
    }

    private void requireNoLogs() throws IOException {
        List<OutputFormat> formats = OutputFormats.logs();
        try (Stream<Path> files = Files.list(folder)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> formats.stream().anyMatch(format -> format.owns(name)))
                    .findFirst()
                    .ifPresent(name -> {
                        throw new IllegalArgumentException("log folder: " + folder + " has " + name
                                + " of another run (expected: a folder without logs); choose another --log-dir");
                    });
        }
    }

    /** One more, which is told everything from now on. */
    public void add(RunOutput output) {
        outputs.add(output);
    }

    @Override
    public void onEvent(TrainingEvent event) {
        each(output -> output.on(event));
    }

    /** A line that is for people only. */
    public void say(String line) {
        each(output -> output.say(line));
    }

    /**
     * What is done as soon as standard output cannot be written, on the thread that notices; if that is known already, now.
     * The other outputs go on.
     */
    public void whenLost(Runnable stop) {
        boolean now;
        synchronized (this) {
            whenLost = stop;
            now = lost != null;
        }
        if (now) {
            stop.run();
        }
    }

    /** Why standard output cannot be written; empty as long as it can. */
    public synchronized Optional<OutputLost> lost() {
        return Optional.ofNullable(lost);
    }

    private void lose(RunOutput output, OutputLost why) {
        outputs.remove(output);
        Runnable stop;
        synchronized (this) {
            lost = why;
            stop = whenLost;
        }
        try {
            output.close();
        } catch (IOException | OutputLost _) {
            // it cannot be written
        }
        stop.run();
    }

    @Override
    public boolean wantsSnapshots() {
        return outputs.stream().anyMatch(RunOutput::wantsWeights);
    }

    @Override
    public boolean wantsGradients() {
        return outputs.stream().anyMatch(RunOutput::wantsGradients);
    }

    @Override
    public void onSnapshot(Snapshot snapshot, Map<String, Evaluation> evaluations, boolean improved) {
        each(output -> {
            if (output.wantsWeights()) {
                output.weights(snapshot);
            }
        });
    }

    private void each(Writing writing) {
        for (RunOutput output : outputs) {
            try {
                writing.to(output);
            } catch (OutputLost e) {
                lose(output, e);
            } catch (IOException e) {
                throw problem(e);
            }
        }
    }

    private IllegalArgumentException problem(IOException e) {
        return new IllegalArgumentException(
                "log folder: " + folder + ", " + InWords.reason(e)
                        + " (expected: a folder that can be written, on a disk with room); choose another --log-dir",
                e);
    }

    /** Closes all of them, also when one cannot be closed. */
    @Override
    public void close() {
        List<IOException> problems = new ArrayList<>();
        for (RunOutput output : outputs) {
            try {
                output.close();
            } catch (OutputLost e) {
                lose(output, e);
            } catch (IOException e) {
                problems.add(e);
            }
        }
        if (!problems.isEmpty()) {
            throw problem(problems.getFirst());
        }
    }
}
