package millrace.nn.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that people take for safetensors files: each is told by its name, with the way to one. */
class ForeignFileTest {
    @TempDir
    private Path folder = Path.of("");

    private Path file(String name, String latin1) throws IOException {
        return Files.write(folder.resolve(name), latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    private Path zip(String name, List<String> entries) throws IOException {
        Path file = folder.resolve(name);
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (String entry : entries) {
                zip.putNextEntry(new ZipEntry(entry));
                zip.write(new byte[64]);
                zip.closeEntry();
            }
        }
        return file;
    }

    private static void refused(Path file, String... parts) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Safetensors.read(file))
                .withMessageStartingWith(file + ": ")
                .satisfies(e -> assertThat(e.getMessage())
                        .hasLineCount(1)
                        .contains("(expected: a safetensors file); ")
                        .contains(parts));
    }

    @Test
    void whatTorchSaveWritesIsConvertedInPython() throws IOException {
        Path today = zip("net.pt", List.of("net/data.pkl", "net/byteorder", "net/data/0", "net/version"));
        Path before = file("old.pth", "\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.");
        for (Path file : List.of(today, before)) {
            String target = file.toString().replaceFirst("\\.pth?$", ".safetensors");
            refused(
                    file,
                    "a pickle of Python, as torch.save writes it",
                    "save_file(torch.load(\"" + file + "\", map_location=\"cpu\", weights_only=True), \"" + target
                            + "\")");
        }
    }

    @Test
    void anArchiveOfNumPySaysItsArrays() throws IOException {
        refused(
                zip("w.npz", List.of("0.weight.npy", "0.bias.npy")),
                "an archive of NumPy (.npz) with 2 arrays: \"0.weight\", \"0.bias\"",
                "save_file(dict(numpy.load(");
        refused(zip("w.zip", List.of("readme.txt")), "a zip archive with 1 entries: \"readme.txt\"");
    }

    @Test
    void aCutArchiveIsToldFromAWholeOne() throws IOException {
        byte[] whole = Files.readAllBytes(zip("w.npz", List.of("0.weight.npy")));
        Path cut = Files.write(folder.resolve("cut.npz"), Arrays.copyOf(whole, whole.length / 2));
        refused(cut, "a zip archive (a PyTorch or NumPy file) that is cut short or damaged", "copy it again");
    }

    @Test
    void anIndexSaysItsFiles() throws IOException {
        refused(
                file(
                        "model.safetensors.index.json",
                        "{\"metadata\":{\"total_size\":8},\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}}"),
                "an index of 2 tensors: \"a\", \"b\", in 2 files: \"1.safetensors\", \"2.safetensors\"",
                "for f in [\"1.safetensors\", \"2.safetensors\"] for k, v in load_file(f)");
        refused(file("config.json", "{\"vocabulary\": 65, \"layers\": 4}"), "JSON without weights");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a.npy | \u0093NUMPY\u0001 v {'descr': '<f4'} | an array of NumPy (.npy)",
                "a.h5 | \u0089HDF\r and more | an HDF5 file, as Keras writes it",
                "a.gguf | GGUF\u0003 and more | a GGUF file of llama.cpp",
                "a.safetensors | version https://git-lfs.github.com/spec/v1 | a pointer of Git LFS instead of the file",
                "a.gz | '\u001f\u008b and more of it' | compressed with gzip",
                "a.safetensors | <!DOCTYPE html><html> | a web page or XML",
                "a.onnx | pytorch 2.4 and more | an ONNX file"
            })
    void whatElseIsTakenForOne(String name, String content, String what) throws IOException {
        refused(file(name, content), what);
    }

    /** Whatever is cut off, the file is damaged in one line; and as soon as the length is there, it is said to be cut short. */
    @Test
    void everyPrefixOfAFileIsRefusedInOneLine() throws IOException {
        byte[] whole = RawFile.bytes("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}", 12);
        for (int length = 0; length < whole.length; length++) {
            Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length));
            int known = length;
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Safetensors.read(cut))
                    .satisfies(e -> assertThat(e.getMessage())
                            .hasLineCount(1)
                            .contains(known > Long.BYTES ? "the file is cut short" : "(expected: at least 8)"));
            if (length == Long.BYTES - 1) {
                length++;
            }
        }
    }

    @Test
    void randomBytesAreRefusedInOneLine() throws IOException {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            byte[] bytes = new byte[random.nextInt(100)];
            random.nextBytes(bytes);
            if (bytes.length > 4 && random.nextBoolean()) {
                byte[] beginning = List.of("PK\3\4", "\u0080\2", "{\"w", "\u0093NUM")
                        .get(random.nextInt(4))
                        .getBytes(StandardCharsets.ISO_8859_1);
                System.arraycopy(beginning, 0, bytes, 0, beginning.length);
            }
            Path file = Files.write(folder.resolve("random"), bytes);
            assertThatIllegalArgumentException()
                    .as("seed %d", seed)
                    .isThrownBy(() -> Safetensors.read(file))
                    .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).contains("(expected: "));
        }
    }
}
