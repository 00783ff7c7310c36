package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import millrace.actors.Training;
import millrace.actors.cluster.RunOrder;
import millrace.actors.event.TrainingListener;
import millrace.actors.jobs.JobTerms;
import millrace.actors.link.LinkSpec;
import millrace.nn.data.CsvFormat;
import millrace.nn.data.CsvOptions;
import millrace.nn.data.CsvReader;
import millrace.nn.data.CsvTable;
import millrace.nn.data.DataDigest;
import millrace.nn.data.Dataset;
import millrace.nn.data.Datasets;
import millrace.nn.data.IdxReader;
import millrace.nn.data.LinearSource;
import millrace.nn.data.Normalization;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.data.Splits;
import millrace.nn.data.TableSchema;
import millrace.nn.data.TextSource;
import millrace.nn.data.Vocabulary;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.loss.CrossEntropy;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.optimizer.Adagrad;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.LearningRate;
import millrace.nn.optimizer.OneCycle;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.Plateau;
import millrace.schedule.PipelineShape;
import millrace.schedule.stream.StreamSpec;
import org.junit.jupiter.api.Test;

/** Whatever a run file can say, a Java program can say: each key of {@code run-defaults.conf} has its member of the API. */
class RunKeysFromJavaTest {
    private record Way(Class<?> type, String member) {
        /** Whether it is there for everybody. */
        boolean isPublic() {
            return Modifier.isPublic(type.getModifiers())
                    && Arrays.stream(type.getMethods())
                            .anyMatch(method -> method.getName().equals(member));
        }
    }

    private final Map<String, Way> ways = new LinkedHashMap<>();

    RunKeysFromJavaTest() {
        model();
        data();
        training();
        line();
        put("logs.formats", TrainingListener.class, "onEvent");
        put("logs.folder", TrainingListener.class, "onEvent");
        put("logs.every", TrainingListener.class, "onEvent");
        put("logs.histograms", TrainingListener.class, "onSnapshot");
        put("logs.gradient-histograms", TrainingListener.class, "wantsGradients");
        put("checkpoint.enabled", Training.class, "checkpoints");
        put("checkpoint.folder", Training.class, "checkpoints");
        put("checkpoint.keep", Training.class, "keep");
        put("checkpoint.interval", Training.class, "checkpointEvery");
        put("checkpoint.overhead", Training.class, "checkpointsCosting");
        put("checkpoint.copies", Training.class, "copies");
        put("checkpoint.shared", RunOrder.Keeping.class, "sharing");
        put("limits.time", JobTerms.class, "time");
        put("limits.workers", RunOrder.class, "workers");
    }

    private void put(String key, Class<?> type, String member) {
        ways.put(key, new Way(type, member));
    }

    private void model() {
        put("name", Model.class, "named");
        put("model.input", Model.class, "of");
        put("model.layers", Model.class, "of");
    }

    private void data() {
        put("data.set", Datasets.class, "load");
        put("data.text", TextSource.class, "read");
        put("data.context", TextSource.class, "windows");
        put("data.text-samples", TextSource.class, "lines");
        put("data.vocabulary", Vocabulary.class, "saved");
        put("data.validation", Splits.class, "of");
        put("data.test", Splits.class, "of");
        put("data.normalize", Normalization.class, "standard");
        put("data.normalize-targets", Normalization.class, "ofTargets");
        for (String key : Set.of("mean", "scale", "target-mean", "target-scale")) {
            put("data.normalization." + key, Normalization.class, "of");
        }
        put("data.csv.file", CsvReader.class, "read");
        put("data.csv.test-file", CsvTable.class, "read");
        for (String key : Set.of("header", "separator", "decimal", "missing")) {
            put("data.csv." + key, CsvFormat.class, key);
        }
        put("data.csv.encoding", CsvFormat.class, "charset");
        for (String key : Set.of("task", "drop", "columns")) {
            put("data.csv." + key, CsvOptions.class, key);
        }
        put("data.csv.label", CsvOptions.class, "labels");
        put("data.csv.weight", CsvOptions.class, "withWeight");
        for (String key : Set.of("fill", "flag-missing")) {
            put("data.csv." + key, CsvOptions.class, "withMissing");
        }
        put("data.saved.sha256", DataDigest.class, "of");
        put("data.saved.samples", Dataset.class, "size");
        put("data.saved.asked", Splits.class, "of");
        put("data.saved.shape", Dataset.class, "sampleShape");
        for (String key : Set.of("features", "labels", "weight", "named", "classes")) {
            put("data.saved." + key, TableSchema.class, key);
        }
        for (String key : Set.of("train-images", "train-labels", "test-images", "test-labels")) {
            put("data.idx." + key, IdxReader.class, "read");
        }
        for (String key : Set.of("slope", "intercept", "noise", "samples")) {
            put("data.linear." + key, LinearSource.class, key);
        }
        for (String key : Set.of("samples", "features", "classes")) {
            put("data.random." + key, RandomClassesSource.class, key);
        }
        put("data.augment", Training.class, "augment");
    }

    private void training() {
        put("training.kernels", Training.class, "kernels");
        put("training.loss", Training.class, "loss");
        put("training.label-smoothing", CrossEntropy.class, "smoothing");
        put("training.class-weights", CrossEntropy.class, "classWeights");
        put("training.huber-delta", Losses.class, "huber");
        put("training.positive-weight", Losses.class, "binaryCrossEntropy");
        put("training.optimizer.name", Training.class, "optimizer");
        put("training.optimizer.lr", Optimizer.Sgd.class, "rate");
        put("training.optimizer.momentum", Optimizer.Sgd.class, "momentum");
        put("training.optimizer.nesterov", Optimizer.Sgd.class, "nesterov");
        put("training.optimizer.weight-decay", Optimizer.Adam.class, "weightDecay");
        put("training.optimizer.decay-biases", Training.class, "decayBiases");
        put("training.optimizer.groups", Training.class, "parameterGroups");
        put("training.optimizer.beta1", Optimizer.Adam.class, "beta1");
        put("training.optimizer.beta2", Optimizer.Adam.class, "beta2");
        put("training.optimizer.epsilon", Optimizer.Adam.class, "epsilon");
        put("training.optimizer.momentum-decay", Optimizer.NAdam.class, "momentumDecay");
        put("training.optimizer.dampening", Optimizer.Sgd.class, "dampening");
        put("training.optimizer.amsgrad", Optimizer.Adam.class, "amsgrad");
        put("training.optimizer.centred", Optimizer.RmsProp.class, "centred");
        put("training.optimizer.initial-accumulator", Adagrad.class, "initialSum");
        put("training.optimizer.alpha", Optimizer.RmsProp.class, "alpha");
        put("training.optimizer.lr-decay", Adagrad.class, "rateDecay");
        put("training.lr-schedule.growth", LearningRate.CosineRestarts.class, "growth");
        put("training.lr-schedule.name", Training.class, "learningRate");
        put("training.lr-schedule.per", Training.class, "learningRatePerEpoch");
        put("training.lr-schedule.every", LearningRate.Step.class, "every");
        put("training.lr-schedule.gamma", LearningRate.Exponential.class, "gamma");
        put("training.lr-schedule.length", LearningRate.Cosine.class, "length");
        put("training.lr-schedule.floor", LearningRate.Cosine.class, "floor");
        put("training.lr-schedule.warm-up", LearningRate.WarmUp.class, "length");
        String cycle = "training.lr-schedule.one-cycle.";
        put(cycle + "pct-start", OneCycle.class, "rise");
        put(cycle + "div-factor", OneCycle.class, "division");
        put(cycle + "final-div-factor", OneCycle.class, "finalDivision");
        put(cycle + "three-phase", OneCycle.class, "threePhases");
        put(cycle + "anneal", OneCycle.class, "linear");
        put(cycle + "cycle-momentum", OneCycle.class, "momentum");
        put(cycle + "base-momentum", OneCycle.Momentum.class, "smallest");
        put(cycle + "max-momentum", OneCycle.Momentum.class, "largest");
        String plateau = "training.lr-schedule.plateau.";
        put(plateau + "factor", Plateau.class, "factor");
        put(plateau + "patience", Plateau.class, "patience");
        put(plateau + "threshold", Plateau.class, "threshold");
        put(plateau + "threshold-mode", Plateau.class, "relative");
        put(plateau + "cooldown", Plateau.class, "cooldown");
        put(plateau + "min-lr", Plateau.class, "smallest");
        put(plateau + "eps", Plateau.class, "epsilon");
        put("training.batch", Training.class, "batch");
        put("training.epochs", Training.class, "epochs");
        put("training.steps", Training.class, "steps");
        put("training.seed", Training.class, "seed");
        put("training.shuffle", Training.class, "shuffle");
        put("training.precision", Model.class, "with");
        put("training.l1", GradientShaping.class, "l1");
        put("training.l2", GradientShaping.class, "l2");
        put("training.clip-value", GradientShaping.class, "clip");
        put("training.clip-norm", Training.class, "clipNorm");
        put("training.clip-norm-per-stage", GradientGuard.class, "span");
        put("training.gradient-norms", GradientGuard.class, "reports");
        put("training.non-finite-gradients", GradientGuard.class, "skipNonFinite");
        put("training.evaluate-every", Training.class, "evaluateEvery");
        put("training.log-every", Training.class, "listener");
        put("training.early-stopping", Training.class, "earlyStopping");
        put("training.restore-best", Training.class, "restoreBest");
    }

    private void line() {
        put("pipeline.stages", Training.class, "stages");
        put("pipeline.workers", Training.class, "fit");
        put("pipeline.ranks", PipelineShape.class, "ranks");
        put("pipeline.chunks", Training.class, "chunks");
        put("pipeline.layout", Training.class, "layout");
        put("pipeline.replicas", Training.class, "replicas");
        put("pipeline.schedule", Training.class, "schedule");
        put("pipeline.cost", Training.class, "costs");
        put("pipeline.link", LinkSpec.class, "latency");
        put("pipeline.messages", Training.class, "messages");
        put("pipeline.micro-batches", Training.class, "microBatches");
        put("pipeline.flush-micro-batches", Training.class, "microBatches");
        put("pipeline.accumulate", StreamSpec.class, "accumulate");
        put("pipeline.weights", StreamSpec.class, "policy");
        put("pipeline.allowance", StreamSpec.class, "allowance");
        put("pipeline.correct", Training.class, "correct");
        put("pipeline.recompute", Training.class, "recompute");
        put("pipeline.recompute-layers", Training.class, "recomputeLayers");
        put("pipeline.compute-threads", Training.class, "computeThreads");
    }

    @Test
    void eachKeyHasAWay() {
        Set<String> keys = new TreeSet<>();
        ConfigFactory.parseResources("millrace/app/run-defaults.conf")
                .root()
                .forEach((key, value) -> leaves(key, value.unwrapped(), keys));
        assertThat(keys).hasSizeGreaterThan(90);

        assertThat(ways.keySet()).containsExactlyInAnyOrderElementsOf(keys);
    }

    private static void leaves(String path, Object value, Set<String> keys) {
        if (value instanceof Map<?, ?> block) {
            block.forEach((key, inner) -> leaves(path + "." + key, inner, keys));
        } else {
            keys.add(path);
        }
    }

    @Test
    void eachWayIsPublic() {
        ways.forEach(
                (key, way) -> assertThat(way.isPublic()).as(key + ": " + way).isTrue());
    }

    @Test
    void settingsOfTheTrainingAreChained() {
        assertThat(ways.values())
                .filteredOn(way ->
                        way.type().equals(Training.class) && !way.member().equals("fit"))
                .allSatisfy(way -> assertThat(Arrays.stream(Training.class.getMethods())
                                .filter(method -> method.getName().equals(way.member()))
                                .map(Method::getReturnType))
                        .as(way.member())
                        .isNotEmpty()
                        .allMatch(Training.class::equals));
    }
}
