package millrace.nn.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import millrace.nn.io.InWords;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a user's file or of one shipped in the jar. Gzip is known by its first two bytes, not by the name, and
 * unpacked. Every failure to read becomes one line that starts with the file's name.
 */
final class DataFile {
    private static final int BUFFER = 1 << 16;

    /** What reads the unpacked bytes. */
    @FunctionalInterface
    interface Decoder<T> {
        T decode(InputStream bytes) throws IOException;
    }

    @FunctionalInterface
    private interface Opener {
        InputStream open() throws IOException;
    }

    private final String name;
    private final @Nullable String md5;
    private final Opener opener;

    private DataFile(String name, @Nullable String md5, Opener opener) {
        this.name = name;
        this.md5 = md5;
        this.opener = opener;
    }

    /**
     * @param kind said in errors: CSV, IDX
     * @throws IllegalArgumentException when there is no such file or it may not be read
     */
    static DataFile of(Path path, String kind) {
        String expected = " (expected: a readable " + kind + " file); check the ";
        if (!Files.exists(path)) {
            throw new IllegalArgumentException(path + ": no such file" + expected + "path");
        }
        if (Files.isDirectory(path)) {
            throw new IllegalArgumentException(path + ": a directory" + expected + "path");
        }
        if (!Files.isReadable(path)) {
            throw new IllegalArgumentException(path + ": no permission to read" + expected + "permissions");
        }
        return new DataFile(path.toString(), null, () -> Files.newInputStream(path));
    }

    /**
     * @param resource path relative to this package
     * @param md5 of the unpacked bytes, in hexadecimal, or null when nothing is checked
     */
    static DataFile shipped(String resource, @Nullable String md5) {
        return new DataFile(resource, md5, () -> {
            InputStream stream = DataFile.class.getResourceAsStream(resource);
            if (stream == null) {
                throw new IllegalArgumentException(
                        resource + ": not in the program's jar (expected: a shipped data set); build the jar again");
            }
            return stream;
        });
    }

    String name() {
        return name;
    }

    /** @throws IllegalArgumentException when the bytes cannot be read, or differ from what the digest says */
    <T> T read(Decoder<T> decoder) {
        try (InputStream packed = opener.open();
                InputStream bytes = unpack(packed)) {
            return md5 == null ? decoder.decode(bytes) : readDigested(bytes, md5, decoder);
        } catch (CharacterCodingException e) {
            throw problem("not UTF-8 text (expected: a text file in UTF-8); convert it", e);
        } catch (EOFException e) {
            throw problem("compressed data ends early (expected: a complete gzip file); copy the file again", e);
        } catch (ZipException e) {
            throw problem("damaged compressed data (expected: a gzip file); copy the file again", e);
        } catch (IOException e) {
            throw problem(InWords.reason(e) + " (expected: a readable file); check the disk", e);
        }
    }

    private <T> T readDigested(InputStream bytes, String expected, Decoder<T> decoder) throws IOException {
        MessageDigest digest = digest("MD5");
        T result;
        try (DigestInputStream digested = new DigestInputStream(bytes, digest)) {
            result = decoder.decode(digested);
            digested.transferTo(OutputStream.nullOutputStream());
        }
        String found = HexFormat.of().formatHex(digest.digest());
        if (!found.equals(expected)) {
            throw new IllegalArgumentException(
                    name + ": md5 " + found + " (expected: " + expected + "); the file is damaged, install it again");
        }
        return result;
    }

    /** Whether the unpacked bytes begin with these. */
    boolean beginsWith(byte... start) {
        return read(bytes -> Arrays.equals(bytes.readNBytes(start.length), start));
    }

    /** SHA-256 of the unpacked bytes, in hexadecimal. */
    String sha256() {
        return read(bytes -> {
            MessageDigest digest = digest("SHA-256");
            try (DigestInputStream digested = new DigestInputStream(bytes, digest)) {
                digested.transferTo(OutputStream.nullOutputStream());
            }
            return HexFormat.of().formatHex(digest.digest());
        });
    }

    static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }

    private static InputStream unpack(InputStream packed) throws IOException {
        PushbackInputStream bytes = new PushbackInputStream(packed, 2);
        byte[] start = bytes.readNBytes(2);
        bytes.unread(start);
        boolean gzip = start.length == 2 && start[0] == (byte) 0x1f && start[1] == (byte) 0x8b;
        return gzip ? new GZIPInputStream(bytes, BUFFER) : bytes;
    }

    private IllegalArgumentException problem(String what, IOException cause) {
        return new IllegalArgumentException(name + ": " + what, cause);
    }
}
