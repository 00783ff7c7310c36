package millrace.actors.cluster;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.actors.rank.RankAtRest;
import millrace.actors.rank.StepWord;

/**
 * What a worker has of a run of which nothing works there any more.
 *
 * @param stages of the line; 0 where the worker has nothing of it
 * @param ranks that it hosts, of those that step together
 * @param held what it holds in memory since the last time that ranks came to rest
 */
public record AtRest(int stages, SortedMap<Integer, RankAtRest> ranks, Optional<LiveCut> held) {
    /** Of a worker that has nothing. */
    public static final AtRest NOTHING = new AtRest(0, Collections.emptySortedMap(), Optional.empty());

    /** The newest word that it knows. */
    private Optional<StepWord> word() {
        return Stream.concat(ranks.values().stream().map(RankAtRest::word), held.map(LiveCut::word).stream())
                .max(Comparator.comparingLong(StepWord::step));
    }

    /** Whether it has the state of a stage at a step, or can come to it without others. */
    private boolean reaches(int stage, long step) {
        return ranks.values().stream().anyMatch(rank -> rank.stages().contains(stage) && rank.reaches(step))
                || held.filter(cut -> cut.step() == step)
                        .flatMap(cut -> cut.of(stage, stages))
                        .isPresent();
    }

    /** The stages of the line, as one of these workers knows. */
    static int stages(Collection<AtRest> all) {
        return all.stream().mapToInt(AtRest::stages).max().orElse(0);
    }

    /**
     * The step at which a run can go on with what these workers have: the newest that any of them has heard the word for. All ranks
     * could make it then, so what is left of each stage can come to it; before it nobody has stepped.
     *
     * @return empty where a stage is nowhere, or nothing has been trained
     */
    static Optional<StepWord> common(Map<ActorId, AtRest> all) {
        int stages = stages(all.values());
        return all.values().stream()
                .flatMap(rest -> rest.word().stream())
                .max(Comparator.comparingLong(StepWord::step))
                .filter(word -> word.step() > 0)
                .filter(word -> IntStream.range(0, stages)
                        .allMatch(stage -> all.values().stream().anyMatch(rest -> rest.reaches(stage, word.step()))));
    }
}
