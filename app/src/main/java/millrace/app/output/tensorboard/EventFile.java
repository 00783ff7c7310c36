package millrace.app.output.tensorboard;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import java.util.zip.CRC32C;
import millrace.nn.io.ProtoBytes;

/**
 * A TensorBoard event file: a row of records, each an {@code Event} in Protobuf, framed as TensorFlow does it:
 *
 * <pre>
 * length (8 bytes, little-endian) | masked CRC-32C of the length | the event | masked CRC-32C of the event
 * </pre>
 *
 * @see <a href="https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto">event.proto and
 *     summary.proto</a>
 */
final class EventFile implements AutoCloseable {
    private static final String VERSION = "brain.Event:2";
    private static final int SESSION_START = 1;
    // by which TensorBoard finds them
    private static final String PREFIX = "events.out.tfevents.";

    private final OutputStream out;
    private final DoubleSupplier seconds;

    /**
     * @param file made anew
     * @param seconds wall time since 1970
     */
    EventFile(Path file, DoubleSupplier seconds) throws IOException {
        this.out = new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW));
        this.seconds = seconds;
        write(event(0).text(3, VERSION));
    }

    /**
     * A file in a folder, named so that TensorBoard finds it.
     *
     * @param host as it is to stand in the name
     */
    static EventFile in(Path folder, String host, DoubleSupplier seconds) throws IOException {
        String name = PREFIX + String.format(Locale.ROOT, "%010d.%s", (long) seconds.getAsDouble(), host);
        Path file = folder.resolve(name);
        for (int i = 1; Files.exists(file); i++) {
            file = folder.resolve(name + "." + i);
        }
        return new EventFile(file, seconds);
    }

    /** Whether a file has such a name. */
    static boolean isNamed(String file) {
        return file.startsWith(PREFIX);
    }

    /** What other files of the folder say of later steps is void: the run goes on from this one. */
    void restart(long step) throws IOException {
        write(event(step + 1).message(7, new ProtoBytes().varint(1, SESSION_START)));
    }

    /** A number of a step. */
    void scalar(long step, String tag, double value) throws IOException {
        summary(step, new ProtoBytes().text(1, tag).fixed(2, (float) value));
    }

    /** How the numbers of a tensor are spread after a step. */
    void histogram(long step, String tag, Histogram histogram) throws IOException {
        ProtoBytes message = new ProtoBytes();
        List<Double> moments = List.of(
                histogram.min(), histogram.max(), (double) histogram.count(), histogram.sum(), histogram.squares());
        for (int i = 0; i < moments.size(); i++) {
            if (moments.get(i) != 0) {
                message.fixed(i + 1, (double) moments.get(i));
            }
        }
        message.packed(6, histogram.limits()).packed(7, histogram.counts());
        summary(step, new ProtoBytes().text(1, tag).message(5, message));
    }

    private void summary(long step, ProtoBytes value) throws IOException {
        write(event(step).message(5, new ProtoBytes().message(1, value)));
    }

    private ProtoBytes event(long step) {
        ProtoBytes event = new ProtoBytes().fixed(1, seconds.getAsDouble());
        return step == 0 ? event : event.varint(2, step);
    }

    private void write(ProtoBytes event) throws IOException {
        byte[] data = event.bytes();
        ByteBuffer record = ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES + data.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(data.length);
        record.putInt(masked(record.array(), Long.BYTES));
        record.put(data);
        record.putInt(masked(data, data.length));
        out.write(record.array());
    }

    /** A checksum that may stand in data over which a checksum is made again. */
    static int masked(byte[] bytes, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, length);
        int crc = (int) checksum.getValue();
        return Integer.rotateRight(crc, 15) + 0xa282ead8;
    }

    void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
