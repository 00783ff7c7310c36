package millrace.nn.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files made by hand, right and wrong. */
final class RawFile {
    private RawFile() {}

    /** Length, header and a zeroed payload, as bytes. */
    static byte[] bytes(String header, int payload) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + json.length + payload)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }

    static Path write(Path folder, byte[] bytes) throws IOException {
        Path file = folder.resolve("raw.safetensors");
        // ext4 flushes a file that is truncated and written again, which takes ten times longer than a new one
        Files.deleteIfExists(file);
        return Files.write(file, bytes);
    }

    /** The header's text, padding included. */
    static String header(byte[] file) {
        long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return new String(file, Long.BYTES, Math.toIntExact(length), StandardCharsets.UTF_8);
    }
}
