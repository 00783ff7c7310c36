package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Streams that go on from a checkpoint, by the command line: three stages, 16 batches in two epochs. */
class AsyncResumeTest {
    @TempDir
    private static Path folder = Path.of("");

    private static Path file = Path.of("");
    private static Path runs = Path.of("");

    @BeforeAll
    static void writeTheRunFile() throws IOException {
        file = folder.resolve("wide.conf");
        runs = folder.resolve("runs");
        Files.writeString(file, """
                name = wide
                model.layers = [
                  { type = dense, units = 32 }, relu, { type = dropout, p = 0.1 }, { type = dense, units = 32 }, relu,
                  { type = dense, units = 3 }
                ]
                data { set = iris, normalize = standard }
                training {
                  batch = 16, epochs = 2, optimizer { name = sgd, lr = 0.02, momentum = 0.9 }
                  lr-schedule { name = cosine, length = 2 }
                }
                pipeline { schedule = async-1f1b, ranks = 3, micro-batches = 4, accumulate = 3 }
                checkpoint.folder = "%s"
                """.formatted(runs));
    }

    private static Program train(String options) {
        Program program = Program.run(("train " + options + " --json").split(" ", -1));
        assertThat(program.status()).as(program.err()).isZero();
        return program;
    }

    private static Path runFolder(Program trained) {
        String start = trained.lines().getFirst();
        int at = start.indexOf("\"run\":\"") + 7;
        return runs.resolve(start.substring(at, start.indexOf('"', at)));
    }

    @ParameterizedTest
    @CsvSource({
        "--weights stash",
        "--weights predict --accumulate 1",
        "--weights live --correct t1=30;t2=0.135;t3=0.5",
        "--weights nesterov --correct dc=0.04 --allowance 1"
    })
    void anInterruptedStreamEndsWithTheWeightsOfTheUndisturbedOne(String words) {
        String run = file + " " + words.replace(';', ',');
        String whole = train(run).last("weights_sha256");

        // in the middle of a step of three micro-batches, and of an epoch
        Program first = train(run + " --steps 5");
        Program second = train("--resume " + runFolder(first) + " --steps 10");
        Program last = train("--resume " + runFolder(second) + " --steps 16");
        Program sequential = train("--resume " + runFolder(first) + " --sequential --steps 16");

        assertThat(first.last("weights_sha256")).isNotEqualTo(whole);
        assertThat(last.last("weights_sha256")).isEqualTo(whole);
        assertThat(last.last("steps")).isEqualTo("16");
        assertThat(sequential.last("weights_sha256")).isEqualTo(whole);
    }

    @Test
    void aGreedyStreamGoesOn() {
        Program first = train(file + " --schedule greedy --steps 5");
        assertThat(train("--resume " + runFolder(first) + " --steps 16").last("steps"))
                .isEqualTo("16");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--accumulate 2 | resume: async-1f1b, stages 3, micro-batches 4, accumulate 2, allowance 0, weights stash,",
                "--weights live | resume: async-1f1b, stages 3, micro-batches 4, accumulate 3, allowance 0, weights live,",
                "--ranks 2 | resume: async-1f1b, stages 2, micro-batches 4, accumulate 3, allowance 0, weights stash,",
                "--schedule greedy | resume: greedy, stages 3, micro-batches 4, accumulate 3, allowance 0, weights stash,",
                "--schedule 1f1b | resume: batch 5 of a run without a flush, as one with (expected: the same kind of run);"
            })
    void whatDoesNotFitTheCheckpointIsOneLine(String options, String message) {
        Path first = runFolder(train(file + " --steps 5"));

        Program resumed = Program.run(("train --steps 16 --resume " + first + " " + options).split(" ", -1));

        assertThat(resumed.status()).isEqualTo(2);
        assertThat(resumed.err())
                .startsWith("error: " + message)
                .contains("--init")
                .hasLineCount(1);
        assertThat(resumed.out()).isEmpty();
    }

    @Test
    void aRunWithAFlushBecomesAStreamByItsWeightsOnly() {
        Path flushed = runFolder(train(file + " --schedule 1f1b --steps 5"));

        Program refused = Program.run("train", "--resume", flushed.toString(), "--schedule", "async-1f1b");
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err())
                .isEqualToIgnoringNewLines("error: resume: batch 5 of a run with a flush, as one without (expected: the"
                        + " same kind of run); --init takes its weights alone");

        assertThat(train(file + " --init " + flushed).last("steps")).isEqualTo("16");
        Path checkpoint = flushed.resolve("checkpoints/last");
        assertThat(train(file + " --init " + checkpoint).last("steps")).isEqualTo("16");
    }
}
