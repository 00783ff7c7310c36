package millrace.app.command;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.checkpoint.Leftovers;
import millrace.actors.checkpoint.ResumePoint;
import millrace.actors.event.TrainingEvent;
import millrace.app.config.CheckpointSettings;
import millrace.app.config.RunFile;
import millrace.app.output.OutputSettings;
import millrace.app.output.Outputs;
import millrace.app.output.StandardOutput;
import millrace.nn.io.InWords;
import millrace.nn.model.Model;

/**
 * The folder of one run: its resolved settings and its checkpoints.
 *
 * @param name of the run
 * @param path where it is kept; empty when checkpoints are switched off
 */
record RunFolder(String name, Optional<Path> path, Config config) {
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

    /**
     * @throws IllegalArgumentException when the folder cannot be written
     */
    static RunFolder create(Config config) {
        if (config.getBoolean("checkpoint.enabled")) {
            Leftovers.removeInAll(Path.of(config.getString("checkpoint.folder")));
        }
        return create(config, stamped(config.getString("name")));
    }

    /** A name that tells when. */
    static String stamped(String name) {
        return name + "-" + LocalDateTime.now(ZoneId.systemDefault()).format(STAMP);
    }

    /**
     * A folder of another name; with a number behind it where there is one already.
     *
     * @throws IllegalArgumentException when the folder cannot be written
     */
    static RunFolder create(Config config, String wanted) {
        CheckpointSettings settings = CheckpointSettings.read(config);
        if (!settings.enabled()) {
            return new RunFolder(wanted, Optional.empty(), config);
        }
        Path runs = settings.folder();
        try {
            Files.createDirectories(runs);
            String name = wanted;
            for (int i = 2; ; i++) {
                try {
                    Path path = Files.createDirectory(runs.resolve(name));
                    Files.writeString(path.resolve("run.conf"), RunFile.render(config));
                    return new RunFolder(name, Optional.of(path), config);
                } catch (FileAlreadyExistsException e) {
                    name = wanted + "-" + i;
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "checkpoint.folder: " + runs + " (expected: a folder that can be written: " + InWords.reason(e)
                            + "); set -D checkpoint.folder=DIR or -D checkpoint.enabled=false",
                    e);
        }
    }

    /**
     * The run's outputs; its logs are in here unless the settings name another folder.
     *
     * @param standard empty where a run is told by logs alone
     * @throws IllegalArgumentException when there is no folder to write them to
     */
    Outputs outputs(TrainingEvent.Started run, OutputSettings settings, Optional<StandardOutput> standard) {
        return Outputs.open(run, settings, standard, settings.folder().or(() -> path));
    }

    /** Saves here what the run goes on from as far as it could not be found later. */
    void takeOver(ResumePoint from, Model model) {
        path.ifPresent(folder -> from.takeOver(
                new CheckpointStore(folder, CheckpointSettings.read(config).keep()), model, RunFile.render(config)));
    }

    /** How the run is saved into this folder; empty without one. */
    Optional<Checkpointing> checkpointing() {
        CheckpointSettings settings = CheckpointSettings.read(config);
        return path.map(
                folder -> Checkpointing.begin(folder, settings.keep(), RunFile.render(config), settings.pace()));
    }
}
