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
import java.util.function.Predicate;
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
    private static final String COUNTER_TYPE = "I64";

    private final String file;
    private final long payload;
    private final Predicate<String> counters;

    /**
     * @param file said in errors
     * @param payload bytes of the file behind the header
     * @param counters names of tensors that may be one 64-bit integer each, and then are left out
     */
    HeaderReader(String file, long payload, Predicate<String> counters) {
        this.file = file;
        this.payload = payload;
        this.counters = counters;
    }

    /** Where a tensor lies behind the header, read or left out. */
    private record Place(String name, long begin, long end) {}

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
        List<Place> places = new ArrayList<>();
        SequencedMap<String, String> metadata = new LinkedHashMap<>();
        fields.forEach((name, value) -> {
            if (name.equals(Header.METADATA)) {
                metadata.putAll(metadata(value));
            } else if (isCounter(name, value)) {
                places.add(counter(name, (Json.Fields) value));
            } else {
                Header.Entry entry = entry(name, value);
                entries.add(entry);
                places.add(new Place(name, entry.begin(), entry.end()));
            }
        });
        requireExactCover(places);
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
        Shape shape = shape(tensor, sizes);
        Place place = place(name, fields, bytes(tensor, type, sizes), type + " of shape " + shape);
        return new Header.Entry(name, type, shape, place.begin(), place.end());
    }

    private boolean isCounter(String name, Json value) {
        return counters.test(name)
                && value instanceof Json.Fields(var fields)
                && fields.get("dtype") instanceof Json.Text(String type)
                && type.equals(COUNTER_TYPE);
    }

    private Place counter(String name, Json.Fields value) {
        String tensor = "tensor " + FileProblem.shown(name);
        Shape shape = shape(tensor, numbers(tensor, "shape", value.byName().get("shape")));
        if (shape.rank() != 0) {
            throw FileProblem.of(
                    file,
                    tensor + " is " + COUNTER_TYPE + " of shape " + shape,
                    "one number, a scalar",
                    "save it as PyTorch's batch normalization has it");
        }
        return place(name, value.byName(), Long.BYTES, "a scalar " + COUNTER_TYPE);
    }

    /** The checked place of so many bytes. */
    private Place place(String name, Map<String, Json> fields, long bytes, String what) {
        String tensor = "tensor " + FileProblem.shown(name);
        List<Long> offsets = numbers(tensor, "data_offsets", fields.get("data_offsets"));
        if (offsets.size() != 2) {
            throw damaged(tensor + " has " + offsets.size() + " data_offsets", "two, begin and end");
        }
        Place place = new Place(name, offsets.get(0), offsets.get(1));
        if (place.end() - place.begin() != bytes) {
            throw damaged(
                    tensor + " lies at bytes " + place.begin() + " to " + place.end(), bytes + " bytes, for " + what);
        }
        return place;
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

    private long bytes(String tensor, ElementType type, List<Long> sizes) {
        if (sizes.contains(0L)) {
            return 0;
        }
        try {
            return sizes.stream().reduce((long) type.bytes(), Math::multiplyExact);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    FileProblem.message(
                            file, tensor + " has more than 2^63 bytes", "at most the file's", FileProblem.DAMAGED),
                    e);
        }
    }

    private void requireExactCover(List<Place> places) {
        Comparator<Place> order = Comparator.comparingLong(Place::begin);
        long covered = 0;
        for (Place place :
                places.stream().sorted(order.thenComparingLong(Place::end)).toList()) {
            String tensor = "tensor " + FileProblem.shown(place.name());
            if (place.begin() != covered) {
                String problem = place.begin() < covered ? " overlaps the one before" : " leaves a hole before it";
                throw damaged(tensor + problem + ", it begins at byte " + place.begin(), "at byte " + covered);
            }
            if (place.end() > payload) {
                throw FileProblem.of(
                        file,
                        tensor + " ends at byte " + place.end(),
                        "at most " + payload + ", where the file ends",
                        FileProblem.CUT_SHORT);
            }
            covered = place.end();
        }
        if (covered != payload) {
            throw damaged(payload - covered + " bytes behind the last tensor", "none");
        }
    }

    private IllegalArgumentException damaged(String what, String expected) {
        return FileProblem.of(file, what, expected, FileProblem.DAMAGED);
    }
}
