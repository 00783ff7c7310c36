package millrace.nn.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsReadErrorsTest {
    @TempDir
    Path folder;

    @Test
    void missingFile() {
        Path file = folder.resolve("none");
        assertRefused(file, "no such file (expected: a readable safetensors file); check the path");
    }

    @Test
    void folder() {
        assertRefused(folder, "a folder or device (expected: a readable safetensors file); check the path");
    }

    @Test
    void unreadableFile() throws IOException {
        Path file = RawFile.write(folder, RawFile.bytes("{}", 0));
        assumeTrue(file.toFile().setReadable(false));
        assumeFalse(Files.isReadable(file), "root reads everything");
        assertRefused(file, "no permission to read");
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "7"})
    void shorterThanTheLength(int bytes) throws IOException {
        Path file = RawFile.write(folder, new byte[bytes]);
        assertRefused(file, bytes + " bytes long (expected: at least 8); the file is damaged");
    }

    @ParameterizedTest
    @CsvSource({
        "3, header of 3 bytes (expected: at most 2",
        "100000000, header of 100000000 bytes (expected: at most 2",
        "-1, header of 18446744073709551615 bytes (expected: at most 2"
    })
    void headerBeyondTheFile(long length, String message) throws IOException {
        byte[] bytes = RawFile.bytes("{}", 0);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
        assertRefused(RawFile.write(folder, bytes), message);
    }

    @Test
    void headerTooLong() throws IOException {
        Path file = folder.resolve("sparse");
        try (var channel = Files.newByteChannel(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 100_000_001));
            channel.position(100_000_100).write(ByteBuffer.allocate(1));
        }
        assertRefused(file, "header of 100000001 bytes (expected: at most 100000000);");
    }

    @Test
    void headerNotUtf8() throws IOException {
        byte[] bytes = RawFile.bytes("{\"x\":{}}", 0);
        bytes[10] = (byte) 0xff;
        assertRefused(RawFile.write(folder, bytes), "header is not UTF-8 (expected: JSON in UTF-8);");
    }

    @ParameterizedTest(name = "{2}")
    @MethodSource
    void wrongHeader(String header, int payload, String message) throws IOException {
        assertRefused(RawFile.write(folder, RawFile.bytes(header, payload)), message);
    }

    static Stream<Arguments> wrongHeader() {
        String huge = "2147483647,2147483647,2147483647";
        return Stream.of(
                arguments("", 0, "header does not begin with '{'"),
                arguments(" {}", 0, "header does not begin with '{'"),
                arguments("[]", 0, "header does not begin with '{'"),
                arguments("{", 0, "header is not JSON, the end at character 1 (expected: a name in quotes);"),
                arguments("{} x", 0, "header is not JSON, \"x\" at character 3 (expected: nothing more);"),
                arguments("{\"a\":" + "[".repeat(100_000), 0, "(expected: at most 16 levels of nesting)"),
                arguments("{\"a\":1}", 0, "tensor \"a\" is not an object (expected: dtype, shape and data_offsets)"),
                arguments("{\"a\\n\":1}", 0, "tensor \"a\\n\" is not an object"),
                arguments("{\"a\":{}}", 0, "tensor \"a\" has no dtype (expected: F32 or I32)"),
                arguments("{\"a\":{\"dtype\":1}}", 0, "tensor \"a\" has no dtype"),
                arguments(
                        tensor("I64", "1", "0,8"),
                        8,
                        "tensor \"a\" is of type \"I64\" (expected: F32 or I32); convert it where the file was made"),
                arguments(tensor("BF16", "2", "0,4"), 4, "tensor \"a\" is of type \"BF16\""),
                arguments("{\"a\":{\"dtype\":\"F32\"}}", 0, "tensor \"a\" has no shape (expected: a list of numbers)"),
                arguments("{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", 0, "tensor \"a\" has no data_offsets"),
                arguments(tensor("F32", "1", "0"), 4, "tensor \"a\" has 1 data_offsets (expected: two, begin and end)"),
                arguments(tensor("F32", "1", "0,4,4"), 4, "tensor \"a\" has 3 data_offsets"),
                arguments(
                        tensor("F32", "-1", "0,4"), 4, "tensor \"a\" has \"-1\" in its shape (expected: whole numbers"),
                arguments(tensor("F32", "1.0", "0,4"), 4, "tensor \"a\" has \"1.0\" in its shape"),
                arguments(tensor("F32", "\"1\"", "0,4"), 4, "tensor \"a\" has no number in its shape"),
                arguments(tensor("F32", "1", "0,99999999999999999999"), 4, "\"99999999999999999999\" in its data_off"),
                arguments(
                        tensor("F32", "2147483648", "0,4"), 4, "dimension of 2147483648 (expected: at most 2147483647"),
                arguments(tensor("F32", huge, "0,4"), 4, "tensor \"a\" has more than 2^63 bytes"),
                arguments(
                        tensor("F32", "1,2", "0,4"),
                        4,
                        "lies at bytes 0 to 4 (expected: 8 bytes, for F32 of shape 1x2"),
                arguments(tensor("F32", "1", "4,0"), 4, "tensor \"a\" lies at bytes 4 to 0 (expected: 4 bytes"),
                arguments(tensor("F32", huge + ",0", "0,4"), 4, "(expected: 0 bytes"),
                arguments(tensor("F32", "1", "0,4"), 3, "ends at byte 4 (expected: at most 3, where the file ends)"),
                arguments(tensor("F32", "1", "0,4"), 5, "1 bytes behind the last tensor (expected: none)"),
                arguments(
                        tensor("F32", "1", "4,8"),
                        8,
                        "leaves a hole before it, it begins at byte 4 (expected: at byte 0"),
                arguments(
                        two("0,4", "0,4"),
                        8,
                        "tensor \"b\" overlaps the one before, it begins at byte 0 (expected: at"),
                arguments(two("4,8", "2,6"), 8, "tensor \"b\" leaves a hole before it"),
                arguments(two("0,4", "8,12"), 12, "tensor \"b\" leaves a hole before it"),
                arguments("{\"a\":1,\"a\":1}", 0, "name \"a\" twice in the header (expected: every name once)"),
                arguments("{\"__metadata__\":[]}", 0, "__metadata__ is not an object (expected: an object of texts)"),
                arguments(
                        "{\"__metadata__\":{\"k\":1}}", 0, "__metadata__ \"k\" is not a text (expected: only texts)"));
    }

    private static String tensor(String type, String shape, String offsets) {
        return "{\"a\":" + entry(type, shape, offsets) + "}";
    }

    private static String two(String first, String second) {
        return "{\"a\":" + entry("F32", "1", first) + ",\"b\":" + entry("F32", "1", second) + "}";
    }

    private static String entry(String type, String shape, String offsets) {
        return "{\"dtype\":\"" + type + "\",\"shape\":[" + shape + "],\"data_offsets\":[" + offsets + "]}";
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> Safetensors.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).containsPattern("\\(expected: .+\\); .+"));
    }
}
