package millrace.acceptance;

import static millrace.nn.layer.Layers.batchNorm;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.gelu;
import static millrace.nn.layer.Layers.layerNorm;
import static millrace.nn.layer.Layers.relu;

import java.nio.file.Path;
import java.util.Locale;
import millrace.actors.Trained;
import millrace.actors.Training;
import millrace.nn.data.Datasets;
import millrace.nn.kernel.Precision;
import millrace.nn.model.Model;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.tensor.Shape;

/** A program of somebody who uses Millrace as a library; {@link WithoutVectorsTest} starts it without options for java. */
final class LibraryProgram {
    private LibraryProgram() {}

    public static void main(String[] arguments) {
        var digits = Datasets.load("digits");
        Model model = Model.of(Shape.of(64), dense(32), batchNorm(), relu(), dense(16), layerNorm(), gelu(), dense(10));
        Training training = Training.of(model)
                .optimizer(new Adam(1e-2))
                .stages(3)
                .microBatches(4)
                .batch(32)
                .epochs(3)
                .checkpoints(Path.of(arguments[0]));
        Trained trained = training.fit(digits.train());
        Trained loaded = Trained.load(Path.of(arguments[0]));
        String reference = training.fitSequentially(digits.train()).result().weightsSha256();
        Trained rounded = Training.of(model.with(Precision.BF16))
                .optimizer(new Adam(1e-2))
                .stages(2)
                .microBatches(2)
                .epochs(2)
                .fit(digits.train());
        System.out.println("backend " + trained.backend());
        System.out.printf(
                Locale.ROOT, "accuracy %.3f%n", trained.evaluate(digits.test()).accuracy());
        System.out.printf(
                Locale.ROOT,
                "bf16 accuracy %.3f%n",
                rounded.evaluate(digits.test()).accuracy());
        System.out.println(
                "outputs " + trained.predict(digits.test().inputs().slice(0, 3)).shape());
        System.out.println("loaded, it says the same: "
                + loaded.predictClasses(digits.test().inputs())
                        .equals(trained.predictClasses(digits.test().inputs())));
        System.out.println("equals sequential training "
                + reference.equals(trained.result().weightsSha256()));
    }
}
