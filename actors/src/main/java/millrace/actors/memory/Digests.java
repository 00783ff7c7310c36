package millrace.actors.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.concurrent.atomic.AtomicBoolean;
import millrace.nn.io.Sha256;

/** Digests of what is in memory. */
final class Digests {
    private static final long PIECE = 1 << 20;
    // after so many the compiler has taken the processor's own instructions for it
    private static final int PRACTISED = 4 << 20;

    private static final AtomicBoolean PRACTISING = new AtomicBoolean();

    private Digests() {}

    /**
     * Makes digests of nothing in particular, once in a JVM, so that later ones are fast: the first million bytes are interpreted,
     * for a tenth of a second, and where ranks have been lost others wait for them.
     */
    static void practise() {
        if (PRACTISING.compareAndSet(false, true)) {
            try (Arena arena = Arena.ofConfined()) {
                String _ = sha256(arena.allocate(PRACTISED));
            }
        }
    }

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
