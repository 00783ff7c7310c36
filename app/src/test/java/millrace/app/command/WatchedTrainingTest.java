package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import millrace.app.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plateau, cycle, early stopping and the best weights by the command line: eight steps an epoch, two stages. */
class WatchedTrainingTest {
    @TempDir
    private Path folder = Path.of("");

    private Path file = Path.of("");

    @BeforeEach
    void writeTheRunFile() throws IOException {
        file = folder.resolve("small.conf");
        Files.writeString(file, """
                name = small
                model.layers = [{ type = dense, units = 8 }, relu, { type = dense, units = 3 }]
                data { set = iris, normalize = standard }
                training {
                  batch = 16, epochs = 14, optimizer { name = sgd, lr = 2.5, momentum = 0.5 }
                  lr-schedule { name = plateau, plateau { patience = 0, threshold = 0.05, factor = 0.5 } }
                  early-stopping = 6, restore-best = true
                }
                pipeline { stages = 2, micro-batches = 2 }
                checkpoint { folder = "%s", keep = 20 }
                """.formatted(folder.resolve("runs")));
    }

    private Program train(String options) {
        return Program.done("train " + options);
    }

    private Path runFolder(Program trained) {
        return folder.resolve("runs").resolve(trained.event("start").getString("run"));
    }

    @Test
    void theRunEndsWithItsBestWeightsAndGoesOnAsIfNothingHadHappened() {
        Program whole = train(file.toString());
        Config done = whole.event("done");
        long best = done.getLong("restored_step");
        List<Config> epochs = Program.events(whole.out(), "epoch");
        assertThat(best).isPositive().isLessThan(done.getLong("steps"));
        Config bestEpoch = epochs.get(Math.toIntExact(best / 8 - 1));
        assertThat(epochs)
                .extracting(epoch -> epoch.getDouble("test_loss"))
                .allMatch(loss -> loss >= bestEpoch.getDouble("test_loss"));
        assertThat(done.getDouble("test_loss")).isEqualTo(bestEpoch.getDouble("test_loss"));
        assertThat(epochs.getLast().getDouble("lr")).isLessThan(2.5);

        assertThat(train(file + " --sequential").digest()).isEqualTo(whole.digest());

        // beyond the best epoch, so that it is taken over from the folder of the first part
        Program first = train(file + " --steps " + (best + 11));
        Program second = train("--resume " + runFolder(first) + " --steps " + done.getLong("steps"));
        assertThat(second.digest()).isEqualTo(whole.digest());
        assertThat(second.event("done").getLong("restored_step")).isEqualTo(best);
        Program third = train("--resume " + runFolder(second) + " --sequential");
        assertThat(third.digest()).isEqualTo(whole.digest());
        assertThat(Program.done("evaluate " + runFolder(second))
                        .event("evaluation")
                        .getLong("step"))
                .isEqualTo(best);
    }

    @Test
    void aBestEpochThatIsGoneIsOneLine() throws IOException {
        Program whole = train(file.toString());
        Path checkpoints = runFolder(whole).resolve("checkpoints");
        long best = whole.event("done").getLong("restored_step");
        Path gone = checkpoints.resolve("step-%08d".formatted(best));
        Files.move(gone, folder.resolve("elsewhere"));

        Program refused = Program.run("train --resume " + checkpoints.resolve("last"));

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err())
                .startsWith("error: " + gone + ": no such folder (expected: the checkpoint of the best epoch")
                .hasLineCount(1);
    }

    @Test
    void aCycleLastsAsLongAsTheRunUnlessItIsToldOtherwise() {
        String cycle =
                " -D training.lr-schedule={name=one-cycle} -D training.restore-best=false --epochs 2 --log-every 1"
                        + " --lr 0.5 -D training.early-stopping=0";
        List<Config> steps = Program.events(train(file + cycle).out(), "step");

        assertThat(steps.getFirst().getDouble("lr")).isCloseTo(0.5 / 25, within(1e-15));
        assertThat(steps.getLast().getDouble("lr")).isCloseTo(0.5 / 25 / 1e4, within(1e-15));
        assertThat(steps).extracting(step -> step.getDouble("lr")).anyMatch(rate -> rate > 0.45);
        List<Config> half = Program.events(
                train(file + cycle + " -D training.lr-schedule.length=1").out(), "step");
        assertThat(half.get(7).getDouble("lr")).isCloseTo(0.5 / 25 / 1e4, within(1e-15));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "training.lr-schedule.name=one-cicle | training.lr-schedule.name: one-cicle (expected: one of constant, step,"
                        + " exponential, cosine, cosine-restarts, one-cycle, plateau); did you mean one-cycle?",
                "training.lr-schedule.plateau.factor=2 | plateau factor: 2.0 (expected: above 0 and below 1)",
                "training.lr-schedule.plateau.threshold-mode=x | training.lr-schedule.plateau.threshold-mode: x (expected: rel"
                        + " or abs)",
                "training.lr-schedule={name=one-cycle,warm-up=2} | training.lr-schedule.warm-up: 2 (expected: 0 with"
                        + " one-cycle, which rises by itself)",
                "training={lr-schedule={name=one-cycle},optimizer.momentum=0} | optimizer: sgd with a momentum that moves"
                        + " (expected: adam, adamw, or sgd or rmsprop with momentum above 0); set cycle-momentum = false",
                "pipeline={schedule=async-1f1b,weights=predict} | learning rate: plateau with weights predict (expected:"
                        + " another schedule, predictions use rates that are known beforehand)",
            })
    void whatDoesNotFitIsOneLine(String setting, String message) {
        Program refused = Program.run("train " + file + " -D " + setting);

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).isEqualToIgnoringNewLines("error: " + message);
    }
}
