package millrace.actors.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import millrace.actors.checkpoint.Shards;
import millrace.actors.rank.StepWord;
import millrace.actors.wire.manifest.Manifest.FileEntry;

/**
 * What a checkpoint at a step would have, in the memory of workers: where a run goes on whose ranks step together.
 *
 * @param word of the step
 * @param files those that are held, two for each stage, sorted by name
 */
public record LiveCut(StepWord word, List<FileEntry> files) {
    public LiveCut {
        files = List.copyOf(files);
    }

    long step() {
        return word.step();
    }

    /** The same with those of its files that are still there. */
    LiveCut with(Predicate<FileEntry> held) {
        return new LiveCut(word, files.stream().filter(held).toList());
    }

    /** The files of a stage, where both are there. */
    Optional<List<FileEntry>> of(int stage, int stages) {
        List<String> names = Shards.names(stage, stages);
        List<FileEntry> found =
                files.stream().filter(file -> names.contains(file.name())).toList();
        return found.size() == names.size() ? Optional.of(found) : Optional.empty();
    }

    /**
     * What several workers hold of the same step, together.
     *
     * @return empty where a stage is missing, or two workers hold different bytes of it
     */
    static Optional<LiveCut> joined(StepWord word, int stages, Collection<List<FileEntry>> ofWorkers) {
        Map<String, FileEntry> byName = new TreeMap<>();
        for (List<FileEntry> files : ofWorkers) {
            for (FileEntry file : files) {
                FileEntry other = byName.putIfAbsent(file.name(), file);
                if (other != null && !other.equals(file)) {
                    return Optional.empty();
                }
            }
        }
        LiveCut cut = new LiveCut(word, new ArrayList<>(byName.values()));
        for (int stage = 0; stage < stages; stage++) {
            if (cut.of(stage, stages).isEmpty()) {
                return Optional.empty();
            }
        }
        return Optional.of(cut);
    }
}
