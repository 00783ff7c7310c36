package millrace.actors.checkpoint;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import millrace.actors.plan.RunPlan;
import millrace.nn.kernel.Precision;
import millrace.nn.loss.CrossEntropy;
import millrace.nn.loss.ElementLoss;
import millrace.nn.loss.Loss;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;

/**
 * What a checkpoint says of its network, so that its weights can be used by those who know nothing of the run: JSON with the
 * model's name, precision, input shape, layers (as run files have them), loss, and the names of the classes.
 *
 * @param text empty in checkpoints of earlier versions, which do not say it
 */
public record SavedModel(String text) {
    /** Of a checkpoint that does not say it. */
    public static final SavedModel UNKNOWN = new SavedModel("");

    private static final String PROBLEM = "problem";
    private static final String LOSS = "loss";
    private static final String CLASSES = "classes";

    /**
     * What is read back.
     *
     * @param loss empty where it is none that can be described, such as one of your own
     * @param classes names by label; empty where there are none
     */
    public record Contents(Model model, Optional<Loss> loss, List<String> classes) {}

    /**
     * Of a plan's model. It is read back at once and compared: what comes out equal later is the same network. Where that
     * cannot be, as with a layer that is not among the {@link millrace.nn.layer.LayerTypes}, the reason is kept instead.
     */
    public static SavedModel of(RunPlan plan) {
        return of(plan.spec().model(), plan.spec().loss(), plan.data().train().classes());
    }

    static SavedModel of(Model model, Loss loss, List<String> classes) {
        try {
            SavedModel saved = json(described(model, loss, classes));
            requireEqual(model, saved.read().model());
            return saved;
        } catch (IllegalArgumentException e) {
            return json(Map.of("name", model.name(), PROBLEM, String.valueOf(e.getMessage())));
        }
    }

    private static Map<String, Object> described(Model model, Loss loss, List<String> classes) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("name", model.name());
        all.put("precision", word(model.precision()));
        all.put("input", Arrays.stream(model.inputShape().dimensions()).boxed().toList());
        all.put("layers", SavedLayers.described(model.layers()));
        Map<String, Object> how = described(loss);
        if (!how.isEmpty()) {
            all.put(LOSS, how);
        }
        all.put(CLASSES, classes);
        return all;
    }

    private static Map<String, Object> described(Loss loss) {
        if (loss instanceof CrossEntropy(double smoothing, List<Double> classWeights)) {
            return Map.of("name", loss.name(), "smoothing", smoothing, "class-weights", classWeights);
        }
        if (loss instanceof ElementLoss(var _, double delta, double positiveWeight)) {
            return Map.of("name", loss.name(), "delta", delta, "positive-weight", positiveWeight);
        }
        try {
            return Losses.named(loss.name()).equals(loss) ? Map.of("name", loss.name()) : Map.of();
        } catch (IllegalArgumentException _) {
            return Map.of();
        }
    }

    private static SavedModel json(Map<String, Object> values) {
        return new SavedModel(ConfigValueFactory.fromMap(values).render(ConfigRenderOptions.concise()));
    }

    private static void requireEqual(Model model, Model found) {
        for (int i = 0; i < model.layers().size(); i++) {
            if (i >= found.layers().size()
                    || !model.layers().get(i).equals(found.layers().get(i))) {
                throw new IllegalArgumentException("layer " + i + " ("
                        + model.layers().get(i).type()
                        + ") cannot be made again from its settings (expected: an equal one from its layer type); make"
                        + " the layer a record whose components are called like the type's keys, or let it have"
                        + " settings and equals");
            }
        }
        if (found.layers().size() > model.layers().size()) {
            throw new IllegalArgumentException("layers: " + found.layers().size() + " from the settings of "
                    + model.layers().size() + " (expected: as many)");
        }
    }

    /**
     * The network that is described.
     *
     * @throws IllegalArgumentException when none is, or it has a type of layers that is not on this class path; one line
     *     without the name of the checkpoint
     */
    public Contents read() {
        if (text.isEmpty()) {
            throw new IllegalArgumentException(
                    "the network is not described (expected: a checkpoint of a version that says which layers it has)");
        }
        try {
            Config saved = ConfigFactory.parseString(text);
            if (saved.hasPath(PROBLEM)) {
                throw new IllegalArgumentException("the network is not described: " + saved.getString(PROBLEM));
            }
            int[] input = saved.getIntList("input").stream()
                    .mapToInt(Integer::intValue)
                    .toArray();
            Precision precision = precision(saved.getString("precision"));
            Model model = Model.named(
                            saved.getString("name"), Shape.of(input), SavedLayers.read(saved.getList("layers")))
                    .with(precision);
            return new Contents(model, loss(saved), saved.getStringList(CLASSES));
        } catch (ConfigException e) {
            throw new IllegalArgumentException(
                    "the description of the network: " + e.getMessage()
                            + " (expected: one that this version knows); use the version that saved it",
                    e);
        }
    }

    private static Precision precision(String name) {
        return Arrays.stream(Precision.values())
                .filter(known -> word(known).equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("precision: " + name + " (expected: one of "
                        + Arrays.stream(Precision.values())
                                .map(SavedModel::word)
                                .collect(Collectors.joining(", "))
                        + ")"));
    }

    private static String word(Precision precision) {
        return precision.name().toLowerCase(Locale.ROOT);
    }

    private static Optional<Loss> loss(Config saved) {
        if (!saved.hasPath(LOSS)) {
            return Optional.empty();
        }
        Config loss = saved.getConfig(LOSS);
        if (loss.hasPath("smoothing")) {
            return Optional.of(new CrossEntropy(loss.getDouble("smoothing"), loss.getDoubleList("class-weights")));
        }
        Loss named = Losses.named(loss.getString("name"));
        return Optional.of(
                named instanceof ElementLoss element && loss.hasPath("delta")
                        ? element.with(loss.getDouble("delta"), loss.getDouble("positive-weight"))
                        : named);
    }
}
