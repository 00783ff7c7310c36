package millrace.nn.io;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Read by Protobuf's own decoder. */
class ProtoBytesTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void everyKindOfFieldIsReadBack() throws IOException {
        ProtoBytes bytes = new ProtoBytes()
                .varint(1, 300)
                .varint(2, -1)
                .fixed(3, -0.5)
                .fixed(4, 1.5f)
                .text(5, "größe")
                .packed(2000, List.of(1.0, 2.0));

        UnknownFieldSet read = UnknownFieldSet.parseFrom(bytes.bytes());

        assertThat(read.getField(1).getVarintList()).containsExactly(300L);
        assertThat(read.getField(2).getVarintList()).containsExactly(-1L);
        assertThat(read.getField(3).getFixed64List()).containsExactly(Double.doubleToLongBits(-0.5));
        assertThat(read.getField(4).getFixed32List()).containsExactly(Float.floatToIntBits(1.5f));
        assertThat(read.getField(5).getLengthDelimitedList().getFirst().toStringUtf8())
                .isEqualTo("größe");
        assertThat(read.getField(2000)
                        .getLengthDelimitedList()
                        .getFirst()
                        .asReadOnlyByteBuffer()
                        .remaining())
                .isEqualTo(16);
        assertThat(bytes.size()).isEqualTo(bytes.bytes().length);
    }

    @Test
    void messagesAndTensorsWithinAreWrittenInTheirPlaces() throws IOException {
        Tensor tensor = Tensor.of(Arena.ofAuto(), Shape.of(3), 1, 2, 3);
        ProtoBytes inner =
                new ProtoBytes().varint(1, 7).memory(2, tensor.memory()).varint(3, 8);
        ProtoBytes outer = new ProtoBytes()
                .text(1, "a")
                .message(2, inner)
                .message(2, new ProtoBytes())
                .text(3, "b");
        Path file = folder.resolve("message");

        outer.write(file);

        assertThat(Files.readAllBytes(file)).isEqualTo(outer.bytes()).hasSize((int) outer.size());
        UnknownFieldSet read = UnknownFieldSet.parseFrom(Files.readAllBytes(file));
        assertThat(read.getField(3).getLengthDelimitedList().getFirst().toStringUtf8())
                .isEqualTo("b");
        assertThat(read.getField(2).getLengthDelimitedList()).hasSize(2).last().matches(last -> last.isEmpty());
        UnknownFieldSet within = UnknownFieldSet.parseFrom(
                read.getField(2).getLengthDelimitedList().getFirst());
        assertThat(within.getField(1).getVarintList()).containsExactly(7L);
        assertThat(within.getField(3).getVarintList()).containsExactly(8L);
        assertThat(within.getField(2).getLengthDelimitedList().getFirst().toByteArray())
                .containsExactly(0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40);
    }
}
