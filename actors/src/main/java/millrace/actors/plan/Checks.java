package millrace.actors.plan;

import millrace.nn.data.Dataset;
import millrace.nn.loss.Loss;
import millrace.nn.model.Model;
import millrace.nn.tensor.ElementType;

/** Whether model, loss, data and numbers fit together: said before anything is started. */
public final class Checks {
    private Checks() {}

    /**
     * @throws IllegalArgumentException when the model cannot take the samples, or the loss not the targets
     */
    public static void fits(Model model, Loss loss, Dataset data) {
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
        if (loss.takesLabels() && !data.isClassification()) {
            throw new IllegalArgumentException("loss: " + loss.name() + " (expected: one for values, the data set "
                    + data.name() + " has no classes); use mse, mae or huber");
        }
        loss.check(
                model.outputShape(),
                data.targets().shape().sample(),
                data.classes().size());
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
