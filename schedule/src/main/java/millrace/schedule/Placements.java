package millrace.schedule;

import java.util.List;
import java.util.stream.IntStream;

/** Which stages each rank holds. */
final class Placements {
    private Placements() {}

    /** Stage r on rank r. */
    static List<List<Integer>> line(int ranks) {
        return IntStream.range(0, ranks).mapToObj(List::of).toList();
    }
}
