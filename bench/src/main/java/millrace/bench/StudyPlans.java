package millrace.bench;

import com.typesafe.config.Config;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.plan.TrainingData;
import millrace.app.config.DataSource;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.nn.data.Dataset;
import millrace.nn.data.Splits;

/**
 * The runs of a workload. Learning rates are chosen by samples held back from the training set, which measured runs
 * train with too; the test set decides nothing.
 */
final class StudyPlans {
    /** The seed that learning rates are chosen with. */
    static final long GRID_SEED = 1;

    private final StudyWorkload workload;
    private final TrainingData choosing;
    private final TrainingData measuring;

    StudyPlans(StudyWorkload workload) {
        this.workload = workload;
        TrainingData all = DataSource.load(RunFile.resolve(workload.preset(), List.of(), Map.of()))
                .data();
        Splits splits = Splits.of(all.train(), workload.sizes().validation(), 0, GRID_SEED);
        this.choosing = new TrainingData(splits.train(), splits.validation(), null);
        Dataset test = Objects.requireNonNull(all.test(), "a test set");
        this.measuring = new TrainingData(
                all.train(), null, thinned(test, workload.sizes().test()));
    }

    /** Every so many samples: the first half of MNIST's test set is easier than the second. */
    private static Dataset thinned(Dataset set, int samples) {
        return samples >= set.size()
                ? set
                : set.select(IntStream.range(0, samples)
                        .map(i -> Math.toIntExact((long) i * set.size() / samples))
                        .toArray());
    }

    /** A run that a learning rate is judged by. */
    RunPlan choosing(StudyMethod method, Rate rate) {
        return plan(choosing, method, rate, GRID_SEED, workload.sizes().gridSteps(), 0);
    }

    /** A run that is measured. */
    RunPlan measuring(StudyMethod method, Rate rate, long seed) {
        return plan(
                measuring,
                method,
                rate,
                seed,
                workload.sizes().steps(),
                workload.sizes().evaluateEvery());
    }

    /** The beginning of a measured run, for a JVM that has not run its like. */
    RunPlan warmUp(StudyMethod method, Rate rate) {
        return plan(measuring, method, rate, GRID_SEED, workload.sizes().evaluateEvery(), 0);
    }

    /** Samples of an epoch of a measured run. */
    int samplesPerEpoch() {
        return measuring.train().size();
    }

    /** The rate falls to 0 along half a cosine: a run that ends at its full rate ends on a point that jumps about. */
    private RunPlan plan(TrainingData data, StudyMethod method, Rate rate, long seed, int batches, int evaluateEvery) {
        Map<String, Object> settings = new LinkedHashMap<>(method.settings(workload));
        settings.put("training.optimizer.lr", rate.toString());
        settings.put("training.lr-schedule.name", "cosine");
        settings.put("training.lr-schedule.per", "step");
        settings.put("training.lr-schedule.length", method.steps(workload, batches));
        settings.put("training.seed", seed);
        settings.put("training.epochs", Integer.MAX_VALUE);
        settings.put("training.steps", batches);
        settings.put("training.evaluate-every", evaluateEvery);
        Config config = RunFile.resolve(workload.preset(), List.of(), settings);
        return new RunSetup(config, data, RunSetup.model(config, data.train())).plan(Start.FRESH);
    }
}
