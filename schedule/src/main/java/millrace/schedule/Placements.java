package millrace.schedule;

import java.util.List;
import java.util.stream.IntStream;

/** Which stages each rank holds. */
public final class Placements {
    private Placements() {}

    /** Stage s on rank s mod p: a line where each rank holds one stage, a loop where it holds several. */
    public static List<List<Integer>> loop(PipelineShape shape) {
        return IntStream.range(0, shape.ranks())
                .mapToObj(rank -> IntStream.range(0, shape.chunks())
                        .mapToObj(chunk -> chunk * shape.ranks() + rank)
                        .toList())
                .toList();
    }

    /** Rank r holds stages r and 2p-1-r: the line goes there and back, first and last stage share rank 0. */
    public static List<List<Integer>> vee(int ranks) {
        return IntStream.range(0, ranks)
                .mapToObj(rank -> List.of(rank, 2 * ranks - 1 - rank))
                .toList();
    }
}
