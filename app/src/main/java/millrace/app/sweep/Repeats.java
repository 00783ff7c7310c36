package millrace.app.sweep;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Function;
import millrace.app.study.Spread;
import millrace.app.sweep.Trial.Status;
import millrace.nn.infer.Evaluation;

/**
 * The trials of the same settings with several seeds.
 *
 * @param settings without the seed
 * @param trials all of them, whatever became of them
 */
public record Repeats(SequencedMap<String, String> settings, List<Trial> trials) {
    public Repeats {
        settings = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(settings));
        trials = List.copyOf(trials);
    }

    /** Those that were trained to the end, each seed once: what means are of. */
    public List<Trial> done() {
        Map<SequencedMap<String, String>, Trial> bySeed = new LinkedHashMap<>();
        trials.stream()
                .filter(trial -> trial.status() == Status.DONE)
                .forEach(trial -> bySeed.putIfAbsent(trial.settings(), trial));
        return List.copyOf(bySeed.values());
    }

    /** Whether a mean of them would leave out seeds with which training failed, and so look better than it is. */
    public boolean isIncomplete() {
        return trials.stream().anyMatch(trial -> trial.status() != Status.DONE);
    }

    /** Of what trials are compared by. */
    public Spread objective() {
        return Spread.of(done().stream().map(Trial::objective).toList());
    }

    /** Of the last step's loss. */
    public Spread loss() {
        return Spread.of(done().stream().map(Trial::loss).toList());
    }

    /** A figure of the last evaluations of a set; of no trial where there was none. */
    public Spread evaluated(String set, Function<Evaluation, Double> figure) {
        return Spread.of(done().stream()
                .map(trial -> trial.evaluations().get(set))
                .filter(Objects::nonNull)
                .map(figure)
                .toList());
    }
}
