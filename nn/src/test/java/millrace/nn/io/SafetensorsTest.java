package millrace.nn.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.SequencedMap;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Memory;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
    private static final int[] SPECIAL_BITS = {
        0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7fc01234, 0xffffffff, 0x7f800001, 0xffa00001, 1, 0x3f800000
    };

    @TempDir
    Path folder;

    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    private final SequencedMap<String, String> metadata = new LinkedHashMap<>();

    @Test
    void keepsEveryBit() {
        Tensor special = Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(2, 5));
        for (int i = 0; i < SPECIAL_BITS.length; i++) {
            special.setInt(i, SPECIAL_BITS[i]);
        }
        tensors.put("special", special);
        Tensor read = roundTrip().tensor("special");
        assertThat(read.type()).isEqualTo(ElementType.F32);
        assertThat(read.shape()).isEqualTo(Shape.of(2, 5));
        assertThat(bits(read)).containsExactly(SPECIAL_BITS);
    }

    @Test
    void keepsOrderShapesAndTypes() {
        tensors.put("z", Tensor.labels(Arena.ofAuto(), 7, -1, Integer.MIN_VALUE));
        tensors.put("empty", Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(0, 5)));
        tensors.put("scalar", Tensor.of(Arena.ofAuto(), Shape.of(), 42));
        tensors.put("a \"b\" \\ \n\t\u0001 größe 漢 \ud83d\ude86", Tensor.of(Arena.ofAuto(), Shape.of(1, 1, 2), 1, 2));
        tensors.put("", Tensor.of(Arena.ofAuto(), Shape.of(1), 3));
        NamedTensors read = roundTrip();
        assertThat(read.tensors().keySet()).containsExactlyElementsOf(tensors.keySet());
        tensors.forEach((name, tensor) -> {
            assertThat(read.tensor(name)).hasToString(tensor.toString());
            assertThat(bits(read.tensor(name))).containsExactly(bits(tensor));
            assertThat(read.tensor(name).memory().address() % Memory.ALIGNMENT).isZero();
        });
    }

    @Test
    void keepsMetadata() {
        metadata.put("z", "naïve \"quoted\" \\ / \b\f\n\r\t\u0000\u001f\u007f\u2028 \ud83d\ude86 漢");
        metadata.put("größe", "");
        metadata.put("__metadata__", "{\"nested\":1}");
        assertThat(roundTrip().metadata().entrySet()).containsExactlyElementsOf(metadata.entrySet());
    }

    @Test
    void keepsNothing() {
        NamedTensors read = roundTrip();
        assertThat(read.tensors()).isEmpty();
        assertThat(read.metadata()).isEmpty();
    }

    @Test
    void writesTheFormatToTheByte() throws IOException {
        tensors.put("0.weight", Tensor.of(Arena.ofAuto(), Shape.of(1, 2), 1.5f, -0f));
        tensors.put("labels", Tensor.labels(Arena.ofAuto(), 258));
        metadata.put("format", "pt");
        byte[] file = Files.readAllBytes(write());
        String header = RawFile.header(file);
        assertThat(header.stripTrailing())
                .isEqualTo("{\"__metadata__\":{\"format\":\"pt\"},"
                        + "\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                        + "\"labels\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[8,12]}}");
        assertThat(header.length() % 8).isZero();
        ByteBuffer payload =
                ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).position(8 + header.length());
        assertThat(payload.getInt()).isEqualTo(0x3fc00000);
        assertThat(payload.getInt()).isEqualTo(0x80000000);
        assertThat(payload.getInt()).isEqualTo(258);
        assertThat(payload.hasRemaining()).isFalse();
    }

    @Test
    void padsHeadersOfEveryLengthAndWritesEqualBytesTwice() throws IOException {
        for (int length = 0; length < 9; length++) {
            metadata.put("pad", "x".repeat(length));
            byte[] first = Files.readAllBytes(write());
            assertThat(first.length % 8).isZero();
            assertThat(Files.readAllBytes(write())).isEqualTo(first);
            assertThat(roundTrip().metadata()).isEqualTo(metadata);
        }
    }

    @Test
    void readsAFileMadeByPython() throws IOException {
        Path file = folder.resolve("reference.safetensors");
        try (InputStream bytes = SafetensorsTest.class.getResourceAsStream("reference.safetensors")) {
            Files.copy(Objects.requireNonNull(bytes), file);
        }
        NamedTensors read = Safetensors.read(file);
        assertThat(read.tensors().keySet()).containsExactly("labels", "0.weight", "0.bias", "empty", "scalar");
        assertThat(read.tensor("labels")).hasToString("I32[3]");
        assertThat(bits(read.tensor("labels"))).containsExactly(7, -1, Integer.MIN_VALUE);
        assertThat(read.tensor("0.weight")).hasToString("F32[2x3]");
        assertThat(read.tensor("0.weight").toFloats()).containsExactly(1.5f, -2.25f, 3.0e-39f, 2.0e38f, 0.1f, -0f);
        assertThat(bits(read.tensor("0.bias"))).containsExactly(0x7f800000, 0xff800000, 0x7fc01234, 0xffa00001);
        assertThat(read.tensor("empty")).hasToString("F32[0x5]");
        assertThat(read.tensor("scalar")).hasToString("F32[scalar]");
        assertThat(read.tensor("scalar").getFloat(0)).isEqualTo(42);
        assertThat(read.metadata())
                .containsEntry("format", "pt")
                .containsEntry("größe", "naïve \"quoted\" \\ \n\t\u0001 \ud83d\ude86 漢");
    }

    @Test
    void passesOverUnknownFields() throws IOException {
        String header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"extra\":{\"x\":[null]}}}";
        NamedTensors read = Safetensors.read(RawFile.write(folder, RawFile.bytes(header, 4)));
        assertThat(read.tensor("a")).hasToString("F32[1]");
    }

    @Test
    void saysWhichTensorsThereAre() {
        tensors.put("0.weight", Tensor.of(Arena.ofAuto(), Shape.of(1), 1));
        tensors.put("0.bias", Tensor.of(Arena.ofAuto(), Shape.of(1), 1));
        assertThatThrownBy(() -> roundTrip().tensor("1.weight"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tensor: 1.weight (expected: one of [0.weight, 0.bias])");
    }

    @Test
    void readsFromMemoryWhatAFileHolds() throws IOException {
        tensors.put("a", Tensor.of(Arena.ofAuto(), Shape.of(1, 1, 2), 1, 2));
        tensors.put("b", Tensor.labels(Arena.ofAuto(), 7, -1));
        metadata.put("format", "pt");
        byte[] file = Files.readAllBytes(write());

        NamedTensors read = Safetensors.read("model.safetensors", MemorySegment.ofArray(file));

        assertThat(read.tensors().keySet()).containsExactly("a", "b");
        tensors.forEach((name, tensor) -> assertThat(bits(read.tensor(name))).containsExactly(bits(tensor)));
        assertThat(read.metadata()).isEqualTo(metadata);
        MemorySegment cut = MemorySegment.ofArray(file).asSlice(0, file.length - 1);
        assertThatThrownBy(() -> Safetensors.read("model.safetensors", cut))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("model.safetensors");
    }

    private Path write() {
        Path file = folder.resolve("model.safetensors");
        Safetensors.write(file, tensors, metadata);
        return file;
    }

    private NamedTensors roundTrip() {
        return Safetensors.read(write());
    }

    private static int[] bits(Tensor tensor) {
        int[] bits = new int[Math.toIntExact(tensor.shape().size())];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = tensor.getInt(i);
        }
        return bits;
    }
}
