package millrace.acceptance.cluster;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.relu;

import java.nio.file.Path;
import millrace.actors.Trained;
import millrace.actors.Training;
import millrace.actors.node.LocalCluster;
import millrace.nn.data.Datasets;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;

final class ClusterProgram {
    static Trained run(Path folder, int epochs, boolean resume) {
        var digits = Datasets.load("digits");
        Training training = Training.of(Model.of(Shape.of(64), dense(32), relu(), dense(10)));
        training.stages(2)
                .microBatches(4)
                .test(digits.test())
                .clipNorm(1)
                .checkpoints(folder)
                .epochs(epochs);
        try (LocalCluster cluster = LocalCluster.start(2, training.onNodes(digits.train()))) {
            return (resume ? training.resume(folder) : training).fit(digits.train(), cluster.client(), 2);
        }
    }
}
