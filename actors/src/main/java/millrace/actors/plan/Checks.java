package millrace.actors.plan;

import java.util.List;
import millrace.nn.data.Dataset;
import millrace.nn.loss.Loss;
import millrace.nn.model.Model;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Tensor;

/** Whether model, loss, data and numbers fit together: said before anything is started. */
public final class Checks {
    private Checks() {}

    /**
     * @throws IllegalArgumentException when the model cannot take the samples, or the loss not the targets
     */
    public static void fits(Model model, Loss loss, Dataset data) {
        takes(model, data);
        if (loss.takesLabels() && !data.isClassification()) {
            throw new IllegalArgumentException("loss: " + loss.name() + " (expected: one for values, the data set "
                    + data.name() + " has no classes); use mse, mae or huber");
        }
        loss.check(
                model.outputShape(),
                data.targets().shape().sample(),
                data.classes().size());
        labels(model, loss, data.name(), data);
        loss.checkTargets(data);
        if (data.weights() != null && data.size() > 0 && !(loss.weight(data.targets(0, data.size())) > 0)) {
            throw new IllegalArgumentException("data " + data.name() + ": weights of " + data.size()
                    + " samples that come to 0 (expected: above 0, a mean over nothing is none); give weights or take a"
                    + " larger part of the data");
        }
    }

    /**
     * Of sets whose samples are elsewhere nothing is checked.
     *
     * @throws IllegalArgumentException when the model cannot take the samples of one of the sets, the loss cannot take their
     *     targets, or the sets do not have the same classes
     */
    public static void fits(Model model, Loss loss, TrainingData data) {
        if (data.isOutline()) {
            // where the samples are, they have been looked through
            return;
        }
        takes(model, data.train());
        data.evaluated().values().forEach(set -> takes(model, set));
        if (!loss.takesLabels() || mostLabel(data.train()) < model.outputShape().last()) {
            data.evaluated().forEach((name, set) -> labels(model, loss, name, set));
        }
        fits(model, loss, data.train());
        List<String> classes = data.train().classes();
        data.evaluated().forEach((name, set) -> {
            fits(model, loss, set);
            int both = Math.min(classes.size(), set.classes().size());
            if (!set.classes().subList(0, both).equals(classes.subList(0, both))) {
                throw new IllegalArgumentException(name + ": classes " + String.join(", ", set.classes())
                        + " (expected: " + String.join(", ", classes)
                        + ", those of the training set in their order); read the set with these classes");
            }
        });
    }

    private static void takes(Model model, Dataset data) {
        if (!data.sampleShape().equals(model.inputShape())) {
            throw new IllegalArgumentException("data " + data.name() + ": samples of shape " + data.sampleShape()
                    + " (expected: " + model.inputShape() + ", the model's input); change the model's input shape");
        }
        if (data.inputs().type() != model.inputType()) {
            boolean tokens = data.inputs().type() == ElementType.I32;
            throw new IllegalArgumentException("data " + data.name() + ": samples are " + (tokens ? "tokens" : "values")
                    + " (expected: " + (tokens ? "values" : "tokens") + ", the model begins with "
                    + model.layers().getFirst().type() + "); "
                    + (tokens ? "begin with an embedding" : "choose a text or leave out the embedding"));
        }
        model.looksAhead().ifPresent(layer -> {
            if (asksForTheNext(data)) {
                throw new IllegalArgumentException("layer " + layer + " ("
                        + model.layers().get(layer).type() + "): not causal (expected: causal, data " + data.name()
                        + " asks at each position for the token that comes next, which the layer sees there); leave out"
                        + " causal = false or bidirectional = true");
            }
        });
    }

    /** Whether every target is the token at the next position of its sample; targets of padding, below 0, do not count. */
    private static boolean asksForTheNext(Dataset data) {
        Tensor inputs = data.inputs();
        Tensor targets = data.targets();
        if (inputs.type() != ElementType.I32
                || targets.type() != ElementType.I32
                || !inputs.shape().equals(targets.shape())) {
            return false;
        }
        long positions = data.sampleShape().size();
        boolean found = false;
        for (long i = 0; i + 1 < inputs.shape().size(); i++) {
            int target = targets.getInt(i);
            if ((i + 1) % positions != 0 && target >= 0) {
                if (target != inputs.getInt(i + 1)) {
                    return false;
                }
                found = true;
            }
        }
        return found;
    }

    /**
     * @param name of the set in errors: train, validation, test
     * @throws IllegalArgumentException when the network has no output for a label
     */
    public static void labels(Model model, Loss loss, String name, Dataset data) {
        int most = mostLabel(data);
        int outputs = model.outputShape().last();
        if (loss.takesLabels() && most >= outputs) {
            throw new IllegalArgumentException(
                    name + ": labels up to " + most + " (expected: 0 to " + (outputs - 1) + ", the network has "
                            + outputs + " outputs); correct the labels or give the last layer more units");
        }
    }

    /** The largest label that occurs; -1 where there are none. */
    private static int mostLabel(Dataset data) {
        int most = -1;
        Tensor targets = data.targets();
        for (long i = 0; data.isClassification() && i < targets.shape().size(); i++) {
            most = Math.max(most, targets.getInt(i));
        }
        return most;
    }

    /**
     * @throws IllegalArgumentException unless the batch can be cut into equal micro-batches
     */
    public static void divides(int microBatches, int batch) {
        if (batch < 1 || microBatches < 1 || batch % microBatches != 0) {
            throw new IllegalArgumentException("micro-batches: " + microBatches + " (expected: a divisor of the batch "
                    + batch + "); change --micro-batches or --batch");
        }
    }
}
