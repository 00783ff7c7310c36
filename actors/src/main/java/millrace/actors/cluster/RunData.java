package millrace.actors.cluster;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import millrace.actors.fetch.FileDigest;
import millrace.actors.plan.TrainingData;
import millrace.nn.data.Dataset;
import millrace.nn.data.DatasetOutline;

/**
 * What an order says of a run's data, so that only the nodes which use samples read them.
 *
 * @param sets what the sets are like, by their names in {@link TrainingData}; empty where each node knows its data itself
 * @param files that the settings name
 */
public record RunData(SortedMap<String, DatasetOutline> sets, List<NamedFile> files) {
    private static final String TRAIN = "train";

    /** Of a run whose nodes have their data without being told. */
    public static final RunData UNTOLD = new RunData(new TreeMap<>(), List.of());

    /**
     * A file that a setting names.
     *
     * @param key the setting
     * @param path as it is written there; what it leads to on another node counts only if it is the same file
     * @param digest by which that is known
     */
    public record NamedFile(String key, String path, FileDigest digest) {}

    public RunData {
        sets = new TreeMap<>(sets);
        files = List.copyOf(files);
        if (!sets.isEmpty() && !sets.containsKey(TRAIN)) {
            throw new IllegalArgumentException("data sets: " + sets.keySet() + " (expected: train among them)");
        }
    }

    /** Of a run over these sets. */
    public static RunData of(TrainingData data, List<NamedFile> files) {
        SortedMap<String, DatasetOutline> sets = new TreeMap<>();
        sets.put(TRAIN, DatasetOutline.of(data.train()));
        data.evaluated().forEach((name, set) -> sets.put(name, DatasetOutline.of(set)));
        return new RunData(sets, files);
    }

    /** The sets without their samples; empty where nothing is told of them. */
    public Optional<TrainingData> outline() {
        return Optional.ofNullable(sets.get(TRAIN))
                .map(train -> new TrainingData(
                        train.dataset(),
                        set(TrainingData.VALIDATION).orElse(null),
                        set(TrainingData.TEST).orElse(null)));
    }

    /** What is signed of it. */
    String signedText() {
        return sets
                + files.stream()
                        .map(file -> file.key() + " " + file.digest().sha256() + " "
                                + file.digest().bytes() + " " + file.path())
                        .collect(Collectors.joining("\n"));
    }

    private Optional<Dataset> set(String name) {
        return Optional.ofNullable(sets.get(name)).map(DatasetOutline::dataset);
    }
}
