package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import millrace.actors.Trained;
import millrace.actors.Training;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.plan.TrainingData;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.ReferenceRun;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.layer.Layers;
import millrace.nn.model.Model;
import millrace.nn.optimizer.LearningRate;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.ParameterGroup;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Groups of parameters in every kind of run: the line's weights are the sequential run's, bit for bit. */
class ParameterGroupsRunTest {
    private static final String GROUPS = "training.optimizer.groups=[{match=\"[0-3].*\",lr-factor=0.1},"
            + "{match=bias,weight-decay=0},{match=2.weight,frozen=true}]";

    /** Six steps over digits, nothing evaluated. */
    private static RunPlan plan(String... settings) {
        List<String> all = new ArrayList<>(List.of(
                GROUPS,
                "model.layers=[{type=dense,units=12},relu,{type=dense,units=12},relu,{type=dense,units=12},relu,"
                        + "{type=dense,units=classes}]",
                "training.optimizer.name=adamw",
                "training.lr-schedule.name=cosine",
                "training.batch=16",
                "training.steps=6",
                "pipeline.micro-batches=4"));
        all.addAll(List.of(settings));
        RunSetup setup = RunSetup.of(RunFile.resolve("digits", all, Map.of()));
        return new RunSetup(setup.config(), TrainingData.of(setup.data().train()), setup.model()).plan(Start.FRESH);
    }

    private static String line(RunPlan plan) {
        return PipelineRun.start(plan, TrainingListener.SILENT)
                .await()
                .finalState()
                .weightsSha256();
    }

    private static String reference(RunPlan plan) {
        return ReferenceRun.of(plan, TrainingListener.SILENT).run().finalState().weightsSha256();
    }

    @ParameterizedTest
    @CsvSource({
        "1f1b, pipeline.stages=4, training.clip-norm=0.1",
        "zb-h1, pipeline.stages=3, training.precision=bf16",
        "chimera, pipeline.ranks=2, training.l2=0.01",
        "async-1f1b, pipeline.stages=3, pipeline.weights=stash",
        "async-1f1b, pipeline.stages=3, pipeline.weights=2bw",
        "async-1f1b, pipeline.stages=3, pipeline.weights=predict",
        "async-1f1b, pipeline.stages=3, pipeline.weights=nesterov"
    })
    void theLineIsTheReference(String schedule, String width, String setting) {
        RunPlan grouped = plan("pipeline.schedule=" + schedule, width, setting);

        assertThat(grouped.spec().policy().groups().groups()).hasSize(3);
        assertThat(line(grouped)).isEqualTo(reference(grouped));
    }

    /** A run that goes on from a checkpoint makes the weights of the undisturbed one. */
    @Test
    void aCheckpointGoesOn(@TempDir Path folder) {
        Dataset data = new RandomClassesSource(64, 6, 3, 1).generate();
        String undisturbed = digest(training().steps(12).fit(data));

        training().steps(5).checkpoints(folder.resolve("first")).fit(data);
        String resumed = digest(training()
                .steps(12)
                .resume(folder.resolve("first"))
                .checkpoints(folder.resolve("second"))
                .fit(data));

        assertThat(resumed).isEqualTo(undisturbed);
    }

    private static Training training() {
        return Training.of(Model.of(
                        Shape.of(6), Layers.dense(8), Layers.relu(), Layers.dense(8), Layers.relu(), Layers.dense(3)))
                .optimizer(new Adam(1e-2))
                .learningRate(new LearningRate.Exponential(0.95))
                .parameterGroups(
                        ParameterGroup.of("0.*").withRateFactor(0.2),
                        ParameterGroup.of("weight").withWeightDecay(0.1),
                        ParameterGroup.of("2.bias").withFrozen(true))
                .stages(2)
                .batch(16)
                .epochs(3);
    }

    private static String digest(Trained trained) {
        return trained.result().finalState().weightsSha256();
    }
}
