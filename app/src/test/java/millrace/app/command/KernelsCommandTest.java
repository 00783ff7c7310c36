package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import millrace.app.Program;
import millrace.nn.backend.Backend;
import millrace.nn.choice.KernelTable;
import millrace.nn.choice.KernelTable.Size;
import millrace.nn.choice.KernelTableFile;
import millrace.nn.choice.ProductTimes;
import millrace.nn.choice.ProductTimes.OfForms;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Tables of kernels are measured and kept, and runs keep what was chosen by them. Tables here are made up: no time is tested. */
@Isolated("sets a system property, by which all runs choose their kernels")
class KernelsCommandTest {
    private static final String CACHE = "millrace.cache";

    @TempDir
    private Path folder = Path.of("");

    private String before = "";
    private Path file = Path.of("");

    @BeforeEach
    void ownCacheAndRunFile() throws IOException {
        assumeTrue(Backend.fast().chooses(), "oneDNN is not there for this platform");
        before = System.getProperty(CACHE, "");
        System.setProperty(CACHE, folder.resolve("cache").toString());
        file = folder.resolve("small.conf");
        Files.writeString(file, """
                name = small
                model.layers = [{ type = dense, units = 256 }, relu, { type = dense, units = 3 }]
                data { set = iris, normalize = standard }
                training { batch = 16, epochs = 2 }
                pipeline { stages = 2, micro-batches = 2 }
                checkpoint.folder = "%s"
                """.formatted(folder.resolve("runs")));
    }

    @AfterEach
    void cacheAsItWas() {
        System.setProperty(CACHE, before);
    }

    private static KernelTableFile kept() {
        return KernelTableFile.of(Backend.fast().timer().orElseThrow().processor());
    }

    /** A table by which the second matrix is packed in one of the products, and its rows are close or padded. */
    private static void keep(boolean packsInput, boolean padded) {
        OfForms plain = new OfForms(5, 9, 9, 0);
        OfForms packed = new OfForms(5, 9, 1, 0);
        keep(packsInput ? plain : packed, packsInput ? packed : plain, padded);
    }

    private static void keep(OfForms forward, OfForms input, boolean padded) {
        OfForms slow = new OfForms(100, 100, 100, 100);
        kept().write(KernelTable.of(kept().processor())
                .with(new Size(256, 3, 8, padded), new ProductTimes(forward, input, 5))
                .with(new Size(256, 3, 8, !padded), new ProductTimes(slow, slow, 100)));
    }

    private Path run(Program trained) {
        return folder.resolve("runs").resolve(trained.event("start").getString("run"));
    }

    private static List<String> kernels(Path run) throws IOException {
        Config saved = ConfigFactory.parseString(Files.readString(run.resolve("run.conf")));
        return saved.getStringList("training.kernels");
    }

    @Test
    void whatWasMeasuredIsKeptAndShown() {
        Program measured = Program.run("kernels " + file + " --micro-batches 2");
        assertThat(measured.status()).as(measured.err()).isZero();
        KernelTable table =
                kept().read(problem -> assertThat(problem).isEmpty()).orElseThrow();
        assertThat(table.times())
                .containsOnlyKeys(
                        new Size(4, 256, 8, false),
                        new Size(4, 256, 8, true),
                        new Size(256, 3, 8, false),
                        new Size(256, 3, 8, true));
        assertThat(measured.out()).anyMatch(line -> line.startsWith("256 x 3 padded, 8 "));

        Program again = Program.run("kernels " + file + " --micro-batches 2");
        assertThat(again.out()).anyMatch(line -> line.startsWith("everything was measured before"));
        assertThat(kept().read(_ -> {})).contains(table);

        Program shown = Program.done("kernels --show");
        assertThat(Program.events(shown.out(), "product")).hasSize(4);
        assertThat(Program.run("kernels --show").out()).anyMatch(line -> line.startsWith("256 x 3 padded, 8 "));
    }

    /** A network has other matrices with other data: digits have 64 values and 10 classes. */
    @Test
    void aPresetIsMeasuredWithItsOwnData() {
        Program measured = Program.run("kernels digits --micro-batches 32");

        assertThat(measured.status()).as(measured.err()).isZero();
        assertThat(measured.out())
                .anyMatch(line -> line.startsWith("64 x 32 close, 1 "))
                .anyMatch(line -> line.startsWith("32 x 10 close, 1 "))
                .noneMatch(line -> line.startsWith("784 x "));
    }

    @Test
    void withoutATableRunsAreAsUsual() throws IOException {
        Program usual = Program.done("train " + file + " -D training.kernels=usual");
        Program unmeasured = Program.done("train " + file);

        assertThat(unmeasured.digest()).isEqualTo(usual.digest());
        assertThat(Files.readString(run(unmeasured).resolve("run.conf"))).contains("kernels=usual");
    }

    @Test
    void aRunKeepsItsKernelsWhateverIsMeasuredLater() throws IOException {
        keep(true, false);
        Program whole = Program.done("train " + file);
        Path run = run(whole);
        assertThat(kernels(run))
                .containsExactly("256 x 3, 2 forwards: forward plain, backward-input packed, rows close");
        assertThat(Files.readString(run.resolve("checkpoints/last/manifest.textproto")))
                .contains("256 x 3, 2 forwards: forward plain, backward-input packed, rows close");
        Path part = run(Program.done("train " + file + " --epochs 1"));

        keep(false, true);

        Program resumed = Program.done("train --resume " + part + " --epochs 2");
        assertThat(resumed.digest()).isEqualTo(whole.digest());
        assertThat(kernels(run(resumed))).isEqualTo(kernels(run));
        assertThat(Program.done("train " + run.resolve("run.conf") + " --sequential")
                        .digest())
                .isEqualTo(whole.digest());
        assertThat(kernels(run(Program.done("train " + file))))
                .containsExactly("256 x 3, 2 forwards: forward packed, backward-input plain, rows padded");
    }

    /** The matrix as it lies, by the library's primitive: chosen, saved and followed like the other forms. */
    @Test
    void aRunTakesThePrimitiveWhereItIsFastest() throws IOException {
        keep(new OfForms(5, 3, 4, 0), new OfForms(5, 2, 3, 0), true);
        Program whole = Program.done("train " + file);
        Path run = run(whole);

        assertThat(kernels(run))
                .containsExactly("256 x 3, 2 forwards: forward primitive, backward-input primitive, rows padded");
        assertThat(Program.done("train " + run.resolve("run.conf") + " --sequential")
                        .digest())
                .isEqualTo(whole.digest());
        assertThat(Program.events(Program.done("kernels --show").out(), "product"))
                .extracting(event -> event.getNumber("forward_primitive_us").doubleValue())
                .containsExactlyInAnyOrder(3.0, 100.0);
    }

    @Test
    void theLineEqualsTheReferenceByATable() {
        for (boolean packsInput : new boolean[] {false, true}) {
            for (boolean padded : new boolean[] {false, true}) {
                keep(packsInput, padded);
                assertThat(Program.done("train " + file).digest())
                        .as("%s %s", packsInput, padded)
                        .isEqualTo(
                                Program.done("train " + file + " --sequential").digest());
            }
        }
    }

    @Test
    void aTableThatIsDamagedIsToldAndRunsAreAsUsual() throws IOException {
        keep(true, true);
        Files.writeString(kept().path(), "processor: \u0007\n");

        Program shown = Program.run("kernels --show");
        assertThat(shown.err())
                .isEqualTo("warning: " + kept().path()
                        + ": lines: 1 (expected: processor, instructions and library, then a"
                        + " line for each product); delete it, or measure again with: millrace kernels"
                        + System.lineSeparator());
        assertThat(Files.readString(run(Program.done("train " + file)).resolve("run.conf")))
                .contains("kernels=usual");
    }

    @Test
    void otherKernelsOnTheWayAreRefused() {
        Path run = run(Program.done("train " + file + " --epochs 1"));

        Program.run("train --resume " + run + " -D training.kernels=usual")
                .assertRefused(
                        "-D training.kernels=usual (expected: the checkpoint's, a run keeps its kernels); leave it out");
    }

    @Test
    void whatIsNoWayToChooseIsRefused() {
        Program.run("train " + file + " -D training.kernels=best")
                .assertRefused("training.kernels: best (expected: usual, measured, or the choices of a saved run)");
        Program.run("train " + file + " -D training.kernels=[best]").assertRefused("kernels: best (expected: as in \"");
        Program.run("kernels " + file + " --micro-batches 0").assertRefused("--micro-batches: 0 (expected: 1 or more)");
    }
}
