package millrace.actors.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file that comes in pieces is whole whatever happens to the pieces, or it is not taken. */
class TransferTest {
    private static final int PIECE = 64;
    private static final String A = "a";
    private static final String B = "b";

    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static FileEntry entry(byte[] bytes) {
        return new FileEntry("model.safetensors", bytes.length, Digests.sha256(MemorySegment.ofArray(bytes)));
    }

    private static ByteBuffer piece(byte[] bytes, long from) {
        return ByteBuffer.wrap(Arrays.copyOfRange(bytes, (int) from, (int) Math.min(bytes.length, from + PIECE)));
    }

    private static byte[] taken(Transfer<String> transfer) {
        HeldFiles.Incoming memory = transfer.taken();
        byte[] found = memory.bytes().toArray(ValueLayout.JAVA_BYTE);
        memory.giveUp();
        return found;
    }

    /** Pieces come late, twice, never, and from a holder that ends. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void aFileIsWholeWhateverHappensToItsPieces(long seed) {
        Random random = new Random(seed);
        byte[] bytes = bytes(random, 1 + random.nextInt(40 * PIECE));
        FileEntry file = entry(bytes);
        long now = random.nextLong();
        Transfer<String> transfer = new Transfer<>(file, List.of(A, B), 0, PIECE, now);
        List<Transfer.Ask<String>> underWay = new ArrayList<>();
        int endOfA = random.nextInt(60);
        for (int i = 0; i < 100_000 && !transfer.isDone(); i++) {
            now += random.nextLong(Transfer.AGAIN_NANOS / 4);
            underWay.addAll(transfer.asks(now));
            if (underWay.isEmpty()) {
                continue;
            }
            Transfer.Ask<String> ask = underWay.get(random.nextInt(underWay.size()));
            if (random.nextInt(4) > 0) {
                underWay.remove(ask);
            }
            boolean lost = random.nextInt(5) == 0;
            if (ask.holder().equals(A) && i > endOfA) {
                if (random.nextBoolean()) {
                    transfer.answered(file, A, false, now);
                }
            } else if (!lost) {
                transfer.arrived(file, ask.from(), piece(bytes, ask.from()), now);
            }
        }

        assertThat(transfer.isDone()).as("seed " + seed).isTrue();
        assertThat(taken(transfer)).as("seed " + seed).isEqualTo(bytes);
    }

    @Test
    void atMostAWindowIsUnderWay() {
        byte[] bytes = bytes(new Random(1), 10 * PIECE);
        Transfer<String> transfer = new Transfer<>(entry(bytes), List.of(A), 0, PIECE, 0);

        assertThat(transfer.asks(0)).hasSize(Transfer.WINDOW);
        assertThat(transfer.asks(1)).isEmpty();
        transfer.arrived(entry(bytes), 0, piece(bytes, 0), 2);
        assertThat(transfer.asks(2)).extracting(Transfer.Ask::from).containsExactly((long) Transfer.WINDOW * PIECE);
        assertThat(transfer.asks(Transfer.AGAIN_NANOS)).hasSize(Transfer.WINDOW - 1);
        transfer.giveUp();
    }

    @Test
    void itIsLostWhenNobodyIsLeft() {
        byte[] bytes = bytes(new Random(1), 10);
        Transfer<String> transfer = new Transfer<>(entry(bytes), List.of(), 2, PIECE, 0);

        assertThat(transfer.asks(0)).isEmpty();
        transfer.answered(entry(bytes), A, false, 1);
        assertThat(transfer.isLost(1)).isFalse();
        transfer.answered(entry(bytes), B, true, 2);
        assertThat(transfer.isLost(Transfer.LOOK_NANOS * 2)).isFalse();
        assertThat(transfer.asks(2)).hasSize(1);
        assertThat(transfer.asks(3 + Transfer.PATIENCE_NANOS)).isEmpty();

        assertThat(transfer.isLost(3 + Transfer.PATIENCE_NANOS)).isTrue();
        transfer.giveUp();
    }

    @Test
    void nobodyWhoAnswersIsLostAfterAWhile() {
        Transfer<String> transfer = new Transfer<>(entry(new byte[10]), List.of(), 2, PIECE, 0);

        assertThat(transfer.isLost(Transfer.LOOK_NANOS)).isFalse();
        assertThat(transfer.isLost(Transfer.LOOK_NANOS + 1)).isTrue();
        transfer.giveUp();
    }

    @Test
    void aPieceThatIsTooShortIsNotTaken() {
        byte[] bytes = bytes(new Random(1), 10);
        Transfer<String> transfer = new Transfer<>(entry(bytes), List.of(A), 0, PIECE, 0);
        transfer.asks(0);
        transfer.arrived(entry(bytes), 0, ByteBuffer.wrap(new byte[9]), 0);
        assertThat(transfer.isDone()).isFalse();

        transfer.arrived(entry(bytes), 0, ByteBuffer.wrap(bytes), 0);

        assertThat(transfer.isDone()).isTrue();
        assertThat(taken(transfer)).isEqualTo(bytes);
    }

    /** The manifest of a run on own disks names holders, and a holder answers without them. */
    @Test
    void aFileIsTheSameWhoeverHasIt() {
        byte[] bytes = bytes(new Random(1), 10);
        Transfer<String> transfer = new Transfer<>(entry(bytes).on(List.of("one:25520")), List.of(), 1, PIECE, 0);
        transfer.answered(entry(bytes), A, true, 1);
        assertThat(transfer.asks(1)).hasSize(1);

        transfer.arrived(entry(bytes), 0, ByteBuffer.wrap(bytes), 2);

        assertThat(taken(transfer)).isEqualTo(bytes);
    }
}
