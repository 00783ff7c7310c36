package millrace.nn.data;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/** By what data is known again. */
public final class DataDigest {
    private DataDigest() {}

    /**
     * SHA-256 of the bytes of files, unpacked where they are packed by gzip: of one file its own, of several that of their
     * digests, one a line. Names and places do not matter.
     *
     * @throws IllegalArgumentException when a file cannot be read
     */
    public static String of(List<Path> files) {
        List<String> digests =
                files.stream().map(file -> DataFile.of(file, "data").sha256()).toList();
        if (digests.size() == 1) {
            return digests.getFirst();
        }
        byte[] lines = String.join("\n", digests).getBytes(StandardCharsets.US_ASCII);
        return HexFormat.of().formatHex(DataFile.digest("SHA-256").digest(lines));
    }
}
