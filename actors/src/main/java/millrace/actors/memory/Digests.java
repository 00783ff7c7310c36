package millrace.actors.memory;

import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import millrace.nn.io.Sha256;

/** Digests of what is in memory. */
final class Digests {
    private static final long PIECE = 1 << 20;

    private Digests() {}

    /** As a manifest has it. */
    static String sha256(MemorySegment bytes) {
        MessageDigest digest = Sha256.digest();
        for (long at = 0; at < bytes.byteSize(); at += PIECE) {
            digest.update(
                    bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).asByteBuffer());
        }
        return Sha256.text(digest);
    }
}
