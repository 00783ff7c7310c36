package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import millrace.app.Program;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that predict and evaluate are given beside those of the run, and options that would have no effect on them. */
class OtherFilesTest extends RunsOfTables {
    private Path runFile(String table, String csv) {
        write(data, table);
        return write(file, """
                name = t
                model.layers = [{ type = dense, units = classes }]
                data { set = csv, normalize = standard, csv { file = "%1$s" %2$s } }
                checkpoint.folder = "%3$s/runs"
                training { batch = 8, epochs = 1 }
                pipeline { stages = 1, micro-batches = 1 }
                """.formatted(data, csv, folder));
    }

    private Path trained(String table, String csv) {
        runFile(table, csv);
        return trained("");
    }

    private static int answers(String words) {
        return Program.events(Program.done(words).out(), "prediction").size();
    }

    @Test
    void whetherNumbersAreNamesIsAskedForAndAnswered() {
        Path run = trained("0,1,2\n" + "1,0,0\n0,1,1\n3,2,1\n".repeat(9), ", header = true");
        String predict = "predict " + run + " " + other;
        write(other, "0,1\n1,0\n0,2\n");

        Program.run(predict)
                .assertRefused(
                        other + ": line 1: a row of numbers that may be names of columns: 0, 1 (expected: header ="
                                + " true if these are the names of the columns, false if it is a sample); set header");
        assertThat(answers(predict + " --header true")).isEqualTo(2);
        assertThat(answers(predict + " --header false")).isEqualTo(3);
        write(other, "2,0,1\n1,1,0\n0,0,2\n");
        String evaluate = "evaluate " + run + " --data " + other;
        Program.run(evaluate).assertRefused("may be names of columns: 2, 0, 1 (expected: header = true");
        assertThat(Program.done(evaluate + " --header true").event("evaluation").getInt("samples"))
                .isEqualTo(2);
        Program.run(evaluate + " --header false").assertRefused("no header (expected: one with 0, 1 and 2)");
        Program.run("evaluate " + run + " --header true")
                .assertRefused("--header: true without --data (expected: both");
        Program.run("evaluate " + run + " --header no").assertRefused("--header");
    }

    @Test
    void aTestFileIsAskedForToo() {
        write(other, "0,1,2\n1,0,0\n0,1,1\n");
        Path file = runFile("1,0,0\n" + "1,0,0\n0,1,1\n".repeat(9), ", test-file = \"" + other + "\"");

        Program.run("train " + file)
                .assertRefused(other + ": line 1: a row of numbers that may be names of columns: 0, 1, 2");
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    /** Whoever names them expects something of them. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--set test | --set: test with --data (expected: one of them, of another file all samples are evaluated)",
                "--text some.txt | --text: some.txt with --data (expected: one of them)",
                "--labels labels | --labels: labels with ",
                "-D data.csv.label=x | -D data.csv.label=x (expected: nothing about data with --data but data.csv.separator",
                "-D data.test=0.5 | -D data.test=0.5 (expected: nothing about data with --data",
                "-D data.csv.weight=y | -D data.csv.weight=y (expected: nothing about data",
                "-D data={validation=0.1} | (expected: nothing about data"
            })
    void whatHasNoEffectOnAnotherFileIsRefused(String optionAndMessage) {
        List<String> parts = List.of(optionAndMessage.split(" \\| "));
        Path run = trained("x,y,kind\n" + "1,0,a\n0,1,b\n".repeat(9), "");
        write(other, "x;y;kind\n1;0;a\n");
        String evaluate = "evaluate " + run + " --data " + other + " ";

        Program.run(evaluate + parts.getFirst()).assertRefused(parts.getLast());
        assertThat(Program.run(evaluate + "-D data.csv.separator=;").status()).isZero();
    }

    @Test
    void labelsOfNoTestImagesAreRefused() {
        Program.run("train digits -D data.set=idx -D data.idx.train-images=a -D data.idx.train-labels=b"
                        + " -D data.idx.test-labels=c")
                .assertRefused(
                        "data.idx.test-labels: c (expected: data.idx.test-images beside it, whose labels these are)");
    }

    /** A first row that is a sample no more moves all rows of the split: test rows were trained with. */
    @Test
    void aRunOfAnOlderVersionKeepsItsNumberOfSamples() throws IOException {
        Path run = trained("3,0,1\n" + "1,0,0\n0,1,1\n".repeat(9), "");
        String saved = Files.readString(run.resolve("run.conf"));
        String older = saved.replaceAll("\\\\ndata.csv.header=\\\\\"[a-z]*\\\\\"", "");
        assertThat(older).isNotEqualTo(saved);

        Program.run("train " + write(folder.resolve("run.conf"), older) + " -D data.csv.header=true")
                .assertRefused("d.csv: 18 samples, sha256 ");
    }

    @Test
    void madeUpDataIsTheRuns() {
        Program done = Program.done("train linreg --steps 1 -D checkpoint.folder=" + folder.resolve("runs"));
        Path run = folder.resolve("runs").resolve(done.event("start").getString("run"));

        assertThat(Program.run("evaluate " + run).status()).isZero();
        Program.run("evaluate " + run + " -D data.linear.slope=7").assertRefused("as the run was begun with");
    }

    @Test
    void anAnswerThatIsNoNumberIsNone() {
        Path run = trained("x,y,kind\n" + "1,0,a\n0,1,b\n".repeat(9), "");
        write(other, "x,y\n1,0\n3e38,-3e38\n");

        Program.run("predict " + run + " " + other + " --out " + folder.resolve("out.csv"))
                .assertRefused(other + ": row 1, counted from 0: the network says ");
        assertThat(folder.resolve("out.csv")).doesNotExist();
    }
}
