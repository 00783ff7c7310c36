package millrace.actors.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DownloadTest {
    private static final long AGAIN = Download.AGAIN_AFTER.toNanos();
    private static final int REST = 77;

    private static Download<String> of(long chunks) {
        return new Download<>((chunks - 1) * Download.CHUNK + REST);
    }

    private static ByteBuffer piece(long chunk, long chunks) {
        return ByteBuffer.allocate(chunk == chunks - 1 ? REST : Download.CHUNK);
    }

    private static List<Long> numbers(List<Download.Ask<String>> asks) {
        return asks.stream().map(Download.Ask::chunk).toList();
    }

    @Test
    void onlyAFewPiecesAreAskedForAtATime() {
        Download<String> download = of(10);
        assertThat(download.asks(0)).as("nobody holds it").isEmpty();

        download.holds("a");
        assertThat(numbers(download.asks(0))).containsExactly(0L, 1L, 2L, 3L);
        assertThat(download.asks(1)).isEmpty();

        assertThat(download.arrived(0, piece(0, 10))).hasSize(1);
        assertThat(numbers(download.asks(2))).containsExactly(4L);
        // one that is ahead of a missing one is kept, and makes no room
        assertThat(download.arrived(2, piece(2, 10))).isEmpty();
        assertThat(download.asks(3)).isEmpty();
        assertThat(download.arrived(1, piece(1, 10))).hasSize(2);
        assertThat(numbers(download.asks(4))).containsExactly(5L, 6L);
    }

    @Test
    void whatDoesNotComeIsAskedForElsewhere() {
        Download<String> download = of(2);
        download.holds("a");
        assertThat(download.asks(0)).extracting(Download.Ask::holder).containsOnly("a");
        download.holds("b");
        assertThat(download.asks(AGAIN - 1)).isEmpty();
        assertThat(download.asks(AGAIN)).extracting(Download.Ask::holder).containsExactly("b", "b");

        download.lost("b");
        assertThat(download.asks(AGAIN + 1)).extracting(Download.Ask::holder).containsExactly("a", "a");
        download.lost("a");
        assertThat(download.asks(10 * AGAIN)).isEmpty();
        assertThat(download.hasHolder()).isFalse();
    }

    @Test
    void anAttemptGoesOnWhereAnotherHasBrokenOff() {
        Download<String> download = of(6);
        download.resume(4);
        download.holds("a");
        assertThat(numbers(download.asks(0))).containsExactly(4L, 5L);
        download.arrived(5, piece(5, 6));
        assertThat(download.arrived(4, piece(4, 6))).hasSize(2);
        assertThat(download.isDone()).isTrue();

        download.again();
        assertThat(numbers(download.asks(0))).containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void aPieceOfAnotherLengthIsRefused() {
        Download<String> download = of(3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> download.arrived(2, ByteBuffer.allocate(REST + 1)))
                .withMessage("chunk 2: 78 bytes (expected: 77)");
        assertThatIllegalArgumentException().isThrownBy(() -> download.arrived(3, ByteBuffer.allocate(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> download.arrived(-1, ByteBuffer.allocate(1)));
        assertThat(new Download<String>(0).isDone()).isTrue();
    }

    static LongStream seeds() {
        return LongStream.range(0, 40);
    }

    /** Holders come and go, pieces are late, lost, doubled: each is written once and in order, and there is an end. */
    @ParameterizedTest
    @MethodSource("seeds")
    void everyHistoryEndsWithAllPiecesInOrder(long seed) {
        Random random = new Random(seed);
        int chunks = 1 + random.nextInt(12);
        Download<String> download = of(chunks);
        List<Download.Ask<String>> underWay = new ArrayList<>();
        List<Integer> written = new ArrayList<>();
        long now = 0;
        download.holds("a");
        for (int i = 0; i < 10_000 && !download.isDone(); i++) {
            now += random.nextLong(AGAIN / 4);
            underWay.addAll(download.asks(now));
            switch (random.nextInt(8)) {
                case 0 -> download.holds("abc".substring(random.nextInt(3)).substring(0, 1));
                case 1 -> download.lost("abc".substring(random.nextInt(3)).substring(0, 1));
                default -> {
                    if (!underWay.isEmpty()) {
                        int which = random.nextInt(underWay.size());
                        boolean twice = random.nextInt(4) == 0;
                        Download.Ask<String> ask = twice ? underWay.get(which) : underWay.remove(which);
                        boolean lost = random.nextInt(5) == 0;
                        if (!lost) {
                            download.arrived(ask.chunk(), marked((int) ask.chunk(), chunks))
                                    .forEach(bytes -> written.add(bytes.getInt(0)));
                        }
                    }
                }
            }
            assertThat(download.written()).as("seed %d", seed).isEqualTo(written.size());
        }
        assertThat(download.isDone()).as("seed %d ends", seed).isTrue();
        assertThat(written)
                .as("seed %d", seed)
                .containsExactlyElementsOf(
                        LongStream.range(0, chunks).mapToObj(n -> (int) n).toList());
    }

    private static ByteBuffer marked(int chunk, int chunks) {
        return piece(chunk, chunks).putInt(0, chunk);
    }
}
