package millrace.acceptance;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.loss.Losses.crossEntropy;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import millrace.actors.Trained;
import millrace.actors.Training;
import millrace.nn.data.Datasets;
import millrace.nn.infer.Evaluation;
import millrace.nn.model.Model;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;

/** The README's Java example: it compiles, it runs, and the README shows exactly these lines. */
class JavaApiTest {
    @Test
    void readmeExampleTrainsMnist() {
        // README begins
        var mnist = Datasets.load("mnist");
        Model model = Model.of(Shape.of(784), dense(256), relu(), dense(10));

        Trained trained = Training.of(model)
                .loss(crossEntropy())
                .optimizer(new Adam(1e-3))
                .stages(2)
                .schedule("1f1b")
                .microBatches(4)
                .batch(64)
                .epochs(1)
                .fit(mnist.train());

        Evaluation evaluation = trained.evaluate(mnist.test());
        System.out.println(evaluation.accuracy());
        // README ends
        assertThat(evaluation.accuracy()).isGreaterThan(0.93);
        assertThat(trained.predict(mnist.test().inputs().slice(0, 5)).shape()).isEqualTo(Shape.of(5, 10));
    }

    @Test
    void readmeShowsTheExampleAsItIsTested() throws IOException {
        Path root = Path.of(System.getProperty("millrace.root", "."));
        String test = Files.readString(root.resolve("src/test/java/millrace/acceptance/JavaApiTest.java"));
        // without the last line end: stripIndent would take it for a line without indentation
        int from = test.indexOf('\n', test.indexOf("// README begins")) + 1;
        String example = test.substring(from, test.lastIndexOf('\n', test.indexOf("// README ends")))
                .stripIndent()
                .strip();
        assertThat(Files.readString(root.resolve("README.md"))).contains(example);
    }
}
