package millrace.app.output.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads event files back, with Protobuf's own decoder and both checksums of each record compared. */
public final class EventReader {
    /** A number of a step. */
    public record Scalar(long step, String tag, double value) {}

    /** The moments of a histogram and how many numbers its buckets have. */
    public record Spread(long step, String tag, double min, double max, double count, double inBuckets) {}

    public final List<Scalar> scalars = new ArrayList<>();
    public final List<Spread> histograms = new ArrayList<>();
    public final List<Long> restarts = new ArrayList<>();
    public String version = "";

    private EventReader() {}

    public static EventReader read(Path file) throws IOException {
        EventReader reader = new EventReader();
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            byte[] length = take(bytes, Long.BYTES);
            assertThat(bytes.getInt()).isEqualTo(EventFile.masked(length, length.length));
            byte[] data = take(
                    bytes,
                    Math.toIntExact(ByteBuffer.wrap(length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong()));
            assertThat(bytes.getInt()).isEqualTo(EventFile.masked(data, data.length));
            reader.event(CodedInputStream.newInstance(data));
        }
        return reader;
    }

    private static byte[] take(ByteBuffer bytes, int count) {
        byte[] taken = new byte[count];
        bytes.get(taken);
        return taken;
    }

    private void event(CodedInputStream in) throws IOException {
        long step = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case 1 -> assertThat(in.readDouble()).isGreaterThan(1e9);
                case 2 -> step = in.readInt64();
                case 3 -> version = in.readString();
                case 5 -> summary(step, in.readByteBuffer());
                case 7 -> {
                    assertThat(in.readByteArray()).containsExactly(8, 1);
                    restarts.add(step);
                }
                default -> throw new AssertionError("field " + tag);
            }
        }
    }

    private void summary(long step, ByteBuffer summary) throws IOException {
        CodedInputStream in = CodedInputStream.newInstance(summary);
        assertThat(WireFormat.getTagFieldNumber(in.readTag())).isEqualTo(1);
        CodedInputStream value = CodedInputStream.newInstance(in.readByteArray());
        assertThat(WireFormat.getTagFieldNumber(value.readTag())).isEqualTo(1);
        String tag = value.readString();
        if (WireFormat.getTagFieldNumber(value.readTag()) == 2) {
            scalars.add(new Scalar(step, tag, value.readFloat()));
        } else {
            histogram(step, tag, CodedInputStream.newInstance(value.readByteArray()));
        }
    }

    private void histogram(long step, String name, CodedInputStream in) throws IOException {
        double[] moments = new double[6];
        double inBuckets = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int field = WireFormat.getTagFieldNumber(tag);
            if (field < 6) {
                moments[field] = in.readDouble();
            } else {
                double[] values = new double[in.readRawVarint32() / Double.BYTES];
                for (int i = 0; i < values.length; i++) {
                    values[i] = in.readDouble();
                }
                inBuckets = Arrays.stream(values).sum();
            }
        }
        histograms.add(new Spread(step, name, moments[1], moments[2], moments[3], inBuckets));
    }
}
