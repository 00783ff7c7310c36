package millrace.actors;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.checkpoint.SavedModel;
import millrace.actors.plan.Checks;
import millrace.actors.plan.Snapshot;
import millrace.nn.backend.Backend;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Evaluation;
import millrace.nn.infer.Evaluator;
import millrace.nn.infer.Predictor;
import millrace.nn.infer.Scores;
import millrace.nn.loss.Loss;
import millrace.nn.model.Model;
import millrace.nn.model.TrainingSpec;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;

/**
 * A network with its weights, and what is known of its outputs.
 *
 * @param loss that it was trained with, where that is known
 * @param backend what computes its outputs
 * @param weights by PyTorch's names
 * @param classes names by label; empty for values
 */
record Network(Model model, Optional<Loss> loss, Backend backend, Map<String, Tensor> weights, List<String> classes) {
    Network {
        weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
        classes = List.copyOf(classes);
    }

    /**
     * That of a checkpoint.
     *
     * @param named what the caller says of it; empty: the checkpoint has to say it
     */
    static Network load(Path folder, Optional<Model> named) {
        Checkpoint checkpoint = CheckpointStore.load(folder);
        SavedModel.Contents saved;
        try {
            saved = checkpoint.network().read();
        } catch (IllegalArgumentException e) {
            Model model = named.orElseThrow(() -> new IllegalArgumentException(
                    checkpoint.path() + ": " + e.getMessage()
                            + "; name the model yourself, with Trained.load(folder, model)",
                    e));
            saved = new SavedModel.Contents(model, Optional.empty(), List.of());
        }
        Model model = named.orElse(saved.model());
        if (!model.layers().equals(saved.model().layers())
                || !model.inputShape().equals(saved.model().inputShape())) {
            throw new IllegalArgumentException("model: " + model.layers() + " for inputs of " + model.inputShape()
                    + " (expected: " + saved.model().layers() + " for inputs of "
                    + saved.model().inputShape() + ", as " + checkpoint.path()
                    + " describes it); load it without a model");
        }
        Map<String, Tensor> weights = NamedTensor.byName(
                Snapshot.of(model, checkpoint.step(), checkpoint.tensors()).weights());
        return new Network(model, saved.loss(), TrainingSpec.usualBackend(), weights, saved.classes());
    }

    Loss requireLoss() {
        return loss.orElseThrow(() -> new IllegalStateException(
                "loss: not described in the checkpoint (expected: one of those that have a name); name it with"
                        + " evaluate(loss, data)"));
    }

    Predictor predictor() {
        return new Predictor(model, weights, backend);
    }

    Evaluation evaluate(Loss by, Dataset data) {
        Checks.fits(model, by, data);
        return predictor().evaluate(by, data);
    }

    Scores scores(Loss by, Dataset data) {
        Checks.fits(model, by, data);
        return predictor().scores(by, data, Optional.empty());
    }

    /** The name of the class that each row of outputs says. */
    List<String> classesOf(Tensor outputs) {
        if (classes.isEmpty() || outputs.shape().rank() != 2) {
            throw new IllegalStateException("classes: " + (classes.isEmpty() ? "none" : "several a sample")
                    + " (expected: of a model with one label a sample); use predict");
        }
        List<String> names = new ArrayList<>();
        for (int row = 0; row < outputs.rows(); row++) {
            int label = Evaluator.predictedClass(outputs, row, Evaluator.boundary(model));
            names.add(label < classes.size() ? classes.get(label) : "(output " + label + ")");
        }
        return names;
    }
}
