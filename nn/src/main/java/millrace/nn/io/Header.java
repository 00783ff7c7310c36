package millrace.nn.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * The header of a safetensors file.
 *
 * @param entries tensors in the header's order
 * @param metadata free texts
 */
record Header(List<Entry> entries, SequencedMap<String, String> metadata) {
    /** The name under which texts are kept, and which no tensor may have. */
    static final String METADATA = "__metadata__";

    /** Bytes; the reference implementation's limit, a guard against headers made to exhaust the memory. */
    static final long LONGEST = 100_000_000;

    private static final int ALIGNMENT = 8;

    /**
     * One tensor.
     *
     * @param begin its first byte, counted from the end of the header
     * @param end the byte behind its last
     */
    record Entry(String name, ElementType type, Shape shape, long begin, long end) {
        private String toJson() {
            String sizes = Arrays.toString(shape.dimensions()).replace(" ", "");
            return Json.quote(name) + ":{\"dtype\":\"" + type.name() + "\",\"shape\":" + sizes + ",\"data_offsets\":["
                    + begin + "," + end + "]}";
        }
    }

    /** The header of a file that holds the tensors one after the other, in their order. */
    static Header describing(String file, SequencedMap<String, Tensor> tensors, SequencedMap<String, String> metadata) {
        List<Entry> entries = new ArrayList<>();
        long begin = 0;
        for (Map.Entry<String, Tensor> named : tensors.entrySet()) {
            if (named.getKey().equals(METADATA)) {
                throw FileProblem.of(
                        file, "a tensor called " + METADATA, "another name, this one is reserved", "rename it");
            }
            Tensor tensor = named.getValue();
            long end = begin + tensor.memory().byteSize();
            entries.add(new Entry(named.getKey(), tensor.type(), tensor.shape(), begin, end));
            begin = end;
        }
        return new Header(entries, metadata);
    }

    /**
     * The file's bytes before the payload: the length as 8 bytes, little-endian, then JSON, padded with spaces so that
     * the payload starts at a multiple of 8.
     *
     * @param file said in errors
     * @param longest bytes of JSON that a reader takes: {@link #LONGEST}, smaller in tests
     * @throws IllegalArgumentException when a text is not valid Unicode or all of it is longer
     */
    ByteBuffer encode(String file, long longest) {
        ByteBuffer json;
        try {
            json = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(toJson()));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(
                    FileProblem.message(
                            file, "half a surrogate pair in a name or text", "valid Unicode", "correct the text"),
                    e);
        }
        int padding = -json.remaining() & (ALIGNMENT - 1);
        int length = json.remaining() + padding;
        if (length > longest) {
            throw FileProblem.of(
                    file,
                    "names and metadata take " + length + " bytes",
                    "at most " + longest,
                    "keep long texts in a file of their own");
        }
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(length).put(json);
        while (bytes.hasRemaining()) {
            bytes.put((byte) ' ');
        }
        return bytes.flip();
    }

    private String toJson() {
        List<String> parts = new ArrayList<>();
        if (!metadata.isEmpty()) {
            parts.add(metadata.entrySet().stream()
                    .map(text -> Json.quote(text.getKey()) + ":" + Json.quote(text.getValue()))
                    .collect(Collectors.joining(",", Json.quote(METADATA) + ":{", "}")));
        }
        entries.forEach(entry -> parts.add(entry.toJson()));
        return String.join(",", parts).transform(fields -> "{" + fields + "}");
    }
}
