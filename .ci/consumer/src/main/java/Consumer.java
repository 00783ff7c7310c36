import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.loss.Losses.crossEntropy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import millrace.actors.Trained;
import millrace.actors.Training;
import millrace.nn.data.Datasets;
import millrace.nn.model.Model;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * Trains on two stages, loads what was saved, then predicts with it from four threads at once, which all must get the numbers
 * of the model that was trained. The argument is the folder of the run.
 */
public final class Consumer {
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        var digits = Datasets.load("digits");
        Trained trained = Training.of(Model.of(Shape.of(64), dense(32), relu(), dense(10)))
                .loss(crossEntropy())
                .optimizer(new Adam(1e-2))
                .stages(2)
                .schedule("1f1b")
                .microBatches(4)
                .batch(32)
                .epochs(10)
                .checkpoints(folder)
                .fit(digits.train());
        double accuracy = trained.evaluate(digits.train()).accuracy();
        Tensor inputs = digits.train().inputs().slice(0, 300);
        float[] expected = trained.predict(inputs).toFloats();

        Trained loaded = Trained.load(folder);
        try (var threads = Executors.newFixedThreadPool(4)) {
            List<Future<Boolean>> same = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                same.add(threads.submit(
                        () -> Arrays.equals(loaded.predict(inputs).toFloats(), expected)));
            }
            for (Future<Boolean> one : same) {
                if (!one.get()) {
                    throw new AssertionError("a thread got other numbers (expected: the same in every thread)");
                }
            }
        }
        List<String> names = loaded.predictClasses(digits.train().inputs().slice(0, 5));
        if (accuracy < 0.95) {
            throw new AssertionError("accuracy: " + accuracy + " (expected: at least 0.95)");
        }
        System.out.println(
                "consumer: " + trained.backend() + ", accuracy " + accuracy + ", loaded again, 200 predictions"
                        + " from 4 threads are the same, the first five are " + String.join(" ", names));
    }
}
