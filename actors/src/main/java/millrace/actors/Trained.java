package millrace.actors;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.event.RunResult;
import millrace.nn.backend.Backend;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Evaluation;
import millrace.nn.infer.Scores;
import millrace.nn.loss.Loss;
import millrace.nn.model.Model;
import millrace.nn.tensor.Tensor;

/** A model after training, for prediction and evaluation; any number of threads may ask it at once. */
public final class Trained {
    private final Network network;
    private final Optional<RunResult> result;

    Trained(Network network, Optional<RunResult> result) {
        this.network = network;
        this.result = result;
    }

    /**
     * What a run has saved, whoever began it: the command line or a Java program, in one process or on a cluster.
     *
     * @param folder a run folder, for its best checkpoint, where there is none its last; or a checkpoint's own folder
     * @throws IllegalArgumentException when there is no checkpoint, a file of it is damaged, or it does not describe its
     *     network: one of an earlier version, or with layers of your own that are not on the class path
     */
    public static Trained load(Path folder) {
        return new Trained(Network.load(folder, Optional.empty()), Optional.empty());
    }

    /**
     * The same for a checkpoint that does not describe its network.
     *
     * @param model that the weights are of
     * @throws IllegalArgumentException when they are not, or the checkpoint describes another one
     */
    public static Trained load(Path folder, Model model) {
        return new Trained(Network.load(folder, Optional.of(model)), Optional.empty());
    }

    /** The network without its weights. */
    public Model model() {
        return network.model();
    }

    /**
     * What was made small.
     *
     * @throws IllegalStateException when it was loaded, and is none that a checkpoint can describe
     */
    public Loss loss() {
        return network.requireLoss();
    }

    /** What has trained it, or this machine's fast kernels where it was loaded; it computes the outputs. */
    public Backend backend() {
        return network.backend();
    }

    /**
     * How the run ended.
     *
     * @throws IllegalStateException when it was loaded: a checkpoint knows nothing of that
     */
    public RunResult result() {
        return result.orElseThrow(() -> new IllegalStateException(
                "result: none (expected: of a model that fit has returned, this one was loaded)"));
    }

    /** Weights by PyTorch's names ({@code 0.weight}), and what layers keep beside them. */
    public Map<String, Tensor> weights() {
        return network.weights();
    }

    /** Names of the classes by label; empty for values. */
    public List<String> classes() {
        return network.classes();
    }

    /** How the model does on a set. */
    public Evaluation evaluate(Dataset data) {
        return network.evaluate(loss(), data);
    }

    /** The same by another loss. */
    public Evaluation evaluate(Loss loss, Dataset data) {
        return network.evaluate(loss, data);
    }

    /** All figures that the model is judged by on a set; errors in the unit that the set's targets are in. */
    public Scores scores(Dataset data) {
        return network.scores(loss(), data);
    }

    /**
     * The network's outputs: rows x outputs.
     *
     * @param inputs rows x the model's input shape
     * @throws IllegalArgumentException when they have another shape
     */
    public Tensor predict(Tensor inputs) {
        return network.predictor().predict(inputs);
    }

    /**
     * The name of the likeliest class of each row.
     *
     * @throws IllegalStateException when the model has no classes, or more than one prediction a row
     */
    public List<String> predictClasses(Tensor inputs) {
        return network.classesOf(predict(inputs));
    }
}
