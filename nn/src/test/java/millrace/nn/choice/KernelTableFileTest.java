package millrace.nn.choice;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import millrace.nn.choice.KernelTable.Size;
import millrace.nn.choice.ProductTimes.OfForms;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelTableFileTest {
    private static final Processor HERE = new Processor("A processor", "AVX-9", "oneDNN 9.1.0");

    private static final ProductTimes TIMES = new ProductTimes(new OfForms(1, 2, 3, 4), new OfForms(5, 6, 7, 8), 9);

    @TempDir
    private Path folder;

    private final List<String> told = new ArrayList<>();

    private KernelTableFile file() {
        return new KernelTableFile(folder.resolve("below").resolve("kernels.txt"), HERE);
    }

    private static KernelTable table(Processor processor) {
        return KernelTable.of(processor).with(new Size(8, 4, 2, true), TIMES);
    }

    @Test
    void whatWasKeptIsFound() {
        assertThat(file().read(told::add)).isEmpty();

        file().write(table(HERE));

        assertThat(file().read(told::add)).contains(table(HERE));
        assertThat(told).isEmpty();
    }

    @Test
    void aTableOfAnotherProcessorIsTold() {
        file().write(table(new Processor("B", "AVX-9", "oneDNN 9.1.0")));

        assertThat(file().read(told::add)).isEmpty();
        assertThat(told)
                .containsExactly(
                        file().path() + ": of B, AVX-9, oneDNN 9.1.0 (expected: A processor, AVX-9, oneDNN 9.1.0,"
                                + " this processor); delete it, or measure again with: millrace kernels");
    }

    @Test
    void damageIsTold() throws IOException {
        file().write(table(HERE));
        Files.writeString(file().path(), table(HERE).text().replace("2 rows", "two rows"));

        assertThat(file().read(told::add)).isEmpty();
        assertThat(told).singleElement().asString().startsWith(file().path() + ": line \"8 x 4, two rows, padded: ");
    }

    @Test
    void bytesThatAreNoTextAreTold() throws IOException {
        Files.createDirectories(file().path().getParent());
        Files.write(file().path(), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});

        assertThat(file().read(told::add)).isEmpty();
        assertThat(told)
                .singleElement()
                .asString()
                .startsWith(file().path() + ": ")
                .doesNotContain("\n");
    }

    @Test
    void aProcessorHasANameThatFilesCanHave() {
        assertThat(new Processor("AMD EPYC(TM) 9B14, 2/3", "AVX-512 (0xe7)", "oneDNN 3.11.0").fileName())
                .isEqualTo("amd-epyc-tm-9b14-2-3-avx-512-0xe7-onednn-3.11.0");
    }

    @Test
    void theModelIsThatOfTheFirstCore() {
        assertThat(ProcessorModel.name(List.of(
                        "processor\t: 0",
                        "cpu family\t: 26",
                        "model\t\t: 2",
                        "model name\t: AMD EPYC",
                        "stepping\t: 1")))
                .isEqualTo("AMD EPYC cpu family 26 model 2 stepping 1");
        assertThat(ProcessorModel.name(List.of("CPU implementer : 0x41", "CPU part : 0xd40")))
                .endsWith("CPU implementer 0x41 CPU part 0xd40");
        assertThat(ProcessorModel.name()).isNotBlank();
    }
}
