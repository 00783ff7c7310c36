package millrace.actors.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Objects;
import java.util.regex.Pattern;
import millrace.nn.io.Sha256;

/**
 * By what a file is known on every node, whatever it is called there.
 *
 * @param sha256 of its bytes as they are on the disk, 64 lower-case hexadecimal digits
 * @param bytes its length
 */
public record FileDigest(String sha256, long bytes) {
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final int SHOWN = 12;

    /** @throws IllegalArgumentException when it is no digest, which might otherwise become a file's name elsewhere */
    public FileDigest {
        if (!SHA256.matcher(sha256).matches() || bytes < 0) {
            throw new IllegalArgumentException("digest: " + sha256 + " of " + bytes
                    + " bytes (expected: 64 lower-case hexadecimal digits of a file of 0 bytes or more)");
        }
    }

    /**
     * Of a file that is read for it.
     *
     * @throws IOException when it cannot be read
     */
    public static FileDigest of(Path file) throws IOException {
        MessageDigest digest = Sha256.digest();
        long bytes;
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            bytes = in.transferTo(OutputStream.nullOutputStream());
        }
        return new FileDigest(Sha256.text(digest), bytes);
    }

    /** Where a fetch to such a file puts what it has so far, in the same folder. */
    Path partOf(Path target) {
        Path folder = Objects.requireNonNull(target.toAbsolutePath().getParent(), "a file in a folder");
        return folder.resolve("." + sha256 + ".part");
    }

    @Override
    public String toString() {
        return "sha256 " + sha256.substring(0, SHOWN) + "..., " + bytes + " bytes";
    }
}
