package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A layer of a user's own ({@link Scale}), found on the class path, is as good as one of Millrace's. */
class OwnLayerTest {
    @TempDir
    private Path folder = Path.of("");

    private String run(String layers) throws IOException {
        return Files.writeString(folder.resolve("own.conf"), """
            name = own
            model.layers = %s
            data { set = iris, normalize = standard }
            training { batch = 30, epochs = 3, optimizer { name = sgd, lr = 0.1 } }
            pipeline.micro-batches = 3
            checkpoint.folder = %s
            """.formatted(layers, folder))
                .toString();
    }

    private static Config last(String... words) {
        return Program.json(List.of("train", "--json"), words).getLast();
    }

    @Test
    void twoStagesTrainItToTheWeightsOfTheSequentialRun() throws IOException {
        String file = run("[{ type = scale, factor = 0.5 }, { type = dense, units = 8 }, tanh, scale,"
                + " { type = dense, units = 3 }]");
        String sequential = last(file, "--sequential").getString("weights_sha256");

        assertThat(last(file, "--stages", "2", "--schedule", "1f1b").getString("weights_sha256"))
                .isEqualTo(sequential);
        assertThat(last(file, "--stages", "2", "--schedule", "zb-h1").getString("weights_sha256"))
                .isEqualTo(sequential);
        assertThat(last(run("[{ type = dense, units = 8 }, tanh, { type = dense, units = 3 }]"), "--sequential")
                        .getString("weights_sha256"))
                .isNotEqualTo(sequential);
    }

    @Test
    void listsShowIt() {
        assertThat(Program.run("layers").out()).contains("""

            dense (units, bias = true, init = pytorch, tied = none, activation = none)
              x W^T + b, then the activation,\
            """).contains("""

                scale (factor = 1.0)
                  a factor for each feature
                  n -> n
                """);
        assertThat(Program.json(List.of("layers"), "--json").getLast().getString("layer"))
                .isEqualTo("scale");
    }

    @Test
    void mistakesNameItAmongTheKnown() throws IOException {
        assertThat(Program.run("train", run("[scales]")).err())
                .contains("model.layers, layer 0: type: scales (expected: one of dense, relu,")
                .contains("residual, scale)");
        assertThat(Program.run("train", run("[{ type = scale, gain = 2 }]")).err())
                .contains("layer 0: gain: unknown key of a scale layer (expected: one of [factor])");
    }
}
