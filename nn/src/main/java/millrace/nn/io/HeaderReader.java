package millrace.nn.io;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Reads a header and believes nothing in it: what it returns covers the payload exactly, without overlap or hole, so
 * that reading by it takes no more memory than the file is long. Fields of a tensor that the format does not name are
 * passed over, as the reference implementation does.
 */
final class HeaderReader {
    private static final int MOST_DIGITS = 18;

    private final String file;
    private final long payload;

    /**
     * @param file said in errors
     * @param payload bytes of the file behind the header
     */
    HeaderReader(String file, long payload) {
        this.file = file;
        this.payload = payload;
    }

    /** @throws IllegalArgumentException when the header is not valid or does not fit the payload */
    Header read(ByteBuffer utf8) {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(
                    FileProblem.message(file, "header is not UTF-8", "JSON in UTF-8", FileProblem.DAMAGED), e);
        }
        if (!text.startsWith("{") || !(JsonReader.read(file, text) instanceof Json.Fields(var fields))) {
            throw damaged("header does not begin with '{'", "a JSON object");
        }
        List<Header.Entry> entries = new ArrayList<>();
        SequencedMap<String, String> metadata = new LinkedHashMap<>();
        fields.forEach((name, value) -> {
            if (name.equals(Header.METADATA)) {
                metadata.putAll(metadata(value));
            } else {
                entries.add(entry(name, value));
            }
        });
        requireExactCover(entries);
        return new Header(entries, metadata);
    }

    private SequencedMap<String, String> metadata(Json value) {
        SequencedMap<String, String> texts = new LinkedHashMap<>();
        if (!(value instanceof Json.Fields(var fields))) {
            throw damaged(Header.METADATA + " is not an object", "an object of texts");
        }
        for (Map.Entry<String, Json> field : fields.entrySet()) {
            if (!(field.getValue() instanceof Json.Text(String text))) {
                throw damaged(
                        Header.METADATA + " " + FileProblem.shown(field.getKey()) + " is not a text", "only texts");
            }
            texts.put(field.getKey(), text);
        }
        return texts;
    }

    private Header.Entry entry(String name, Json value) {
        String tensor = "tensor " + FileProblem.shown(name);
        if (!(value instanceof Json.Fields(var fields))) {
            throw damaged(tensor + " is not an object", "dtype, shape and data_offsets");
        }
        ElementType type = type(tensor, fields.get("dtype"));
        List<Long> sizes = numbers(tensor, "shape", fields.get("shape"));
        List<Long> offsets = numbers(tensor, "data_offsets", fields.get("data_offsets"));
        if (offsets.size() != 2) {
            throw damaged(tensor + " has " + offsets.size() + " data_offsets", "two, begin and end");
        }
        Header.Entry entry = new Header.Entry(name, type, shape(tensor, sizes), offsets.get(0), offsets.get(1));
        long bytes = bytes(tensor, sizes);
        if (entry.end() - entry.begin() != bytes) {
            throw damaged(
                    tensor + " lies at bytes " + entry.begin() + " to " + entry.end(),
                    bytes + " bytes, for " + type + " of shape " + entry.shape());
        }
        return entry;
    }

    private ElementType type(String tensor, @Nullable Json value) {
        if (!(value instanceof Json.Text name)) {
            throw damaged(tensor + " has no dtype", "F32 or I32");
        }
        return switch (name.value()) {
            case "F32" -> ElementType.F32;
            case "I32" -> ElementType.I32;
            default ->
                throw FileProblem.of(
                        file,
                        tensor + " is of type " + FileProblem.shown(name.value()),
                        "F32 or I32",
                        "convert it where the file was made");
        };
    }

    private List<Long> numbers(String tensor, String name, @Nullable Json value) {
        if (!(value instanceof Json.Listing(var items))) {
            throw damaged(tensor + " has no " + name, "a list of numbers");
        }
        return items.stream().map(item -> number(tensor, name, item)).toList();
    }

    private long number(String tensor, String name, Json value) {
        if (value instanceof Json.Numeral(String digits)
                && digits.length() <= MOST_DIGITS
                && digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Long.parseLong(digits);
        }
        String found = value instanceof Json.Numeral(String digits) ? FileProblem.shown(digits) : "no number";
        throw damaged(
                tensor + " has " + found + " in its " + name, "whole numbers of at most " + MOST_DIGITS + " digits");
    }

    private Shape shape(String tensor, List<Long> sizes) {
        for (long size : sizes) {
            if (size > Integer.MAX_VALUE) {
                throw FileProblem.of(
                        file,
                        tensor + " has a dimension of " + size,
                        "at most " + Integer.MAX_VALUE,
                        "reshape it where the file was made");
            }
        }
        return Shape.of(sizes.stream().mapToInt(Long::intValue).toArray());
    }

    private long bytes(String tensor, List<Long> sizes) {
        if (sizes.contains(0L)) {
            return 0;
        }
        try {
            return sizes.stream().reduce((long) ElementType.BYTES, Math::multiplyExact);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    FileProblem.message(
                            file, tensor + " has more than 2^63 bytes", "at most the file's", FileProblem.DAMAGED),
                    e);
        }
    }

    private void requireExactCover(List<Header.Entry> entries) {
        Comparator<Header.Entry> order = Comparator.comparingLong(Header.Entry::begin);
        long covered = 0;
        for (Header.Entry entry : entries.stream()
                .sorted(order.thenComparingLong(Header.Entry::end))
                .toList()) {
            String tensor = "tensor " + FileProblem.shown(entry.name());
            if (entry.begin() != covered) {
                String problem = entry.begin() < covered ? " overlaps the one before" : " leaves a hole before it";
                throw damaged(tensor + problem + ", it begins at byte " + entry.begin(), "at byte " + covered);
            }
            if (entry.end() > payload) {
                throw damaged(tensor + " ends at byte " + entry.end(), "at most " + payload + ", where the file ends");
            }
            covered = entry.end();
        }
        if (covered != payload) {
            throw damaged(payload - covered + " bytes behind the last tensor", "none");
        }
    }

    private IllegalArgumentException damaged(String what, String expected) {
        return FileProblem.of(file, what, expected, FileProblem.DAMAGED);
    }
}
