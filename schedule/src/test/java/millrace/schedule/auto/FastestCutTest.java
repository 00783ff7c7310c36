package millrace.schedule.auto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import millrace.schedule.Costs;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.simulate.SimulationOptions;
import millrace.schedule.simulate.Simulator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where few ways to cut exist, all are tried. */
class FastestCutTest {
    @ParameterizedTest
    @ValueSource(strings = {"1f1b", "gpipe", "zb-h1", "zb-v", "interleaved-1f1b", "chimera"})
    void noOtherCutIsFaster(String name) {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            NetworkProfile network = Networks.random(random, 6 + random.nextInt(4));
            int chunks = Schedules.named(name).defaultChunks();
            PipelineShape shape = new PipelineShape(2, chunks, 4);
            int layers = network.layers().size();
            List<Integer> usual = IntStream.range(0, shape.stages()).boxed().toList();
            double[] least = {Double.POSITIVE_INFINITY};
            Networks.eachCut(
                    layers,
                    shape.stages(),
                    starts -> least[0] = Math.min(
                            least[0],
                            period(
                                    network,
                                    name,
                                    shape,
                                    IntStream.of(starts).boxed().toList())));

            List<Integer> found = FastestCut.of(network, Schedules.named(name), shape, 1, 8, false, usual);

            assertThat(period(network, name, shape, found)).as("seed %d", seed).isCloseTo(least[0], within(1e-9));
        }
    }

    private static double period(NetworkProfile network, String name, PipelineShape shape, List<Integer> starts) {
        Schedule schedule = Schedules.generate(name, shape);
        LayerSums sums = new LayerSums(network, 8 / shape.microBatches());
        List<StageCost> stages = new ArrayList<>();
        double[] steps = new double[shape.ranks()];
        for (int stage = 0; stage < starts.size(); stage++) {
            int to = stage + 1 < starts.size()
                    ? starts.get(stage + 1)
                    : network.layers().size();
            stages.add(sums.stage(starts.get(stage), to, 1));
            for (int rank : schedule.placement().ranksOf(stage)) {
                steps[rank] += sums.step(starts.get(stage), to);
            }
        }
        return Simulator.period(
                schedule, new Costs(stages, network.link(), network.links()), SimulationOptions.PLAIN, steps);
    }

    @Test
    void anOrderThatDependsOnTheCutIsRefused() {
        NetworkProfile network = Networks.random(new Random(1), 6);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> FastestCut.of(
                        network, Schedules.named("zb-1p"), new PipelineShape(2, 1, 4), 1, 8, false, List.of(0, 3)))
                .withMessageContaining("zb-1p");
    }

    @Test
    void theUsualCutStaysWhereNoOtherIsFaster() {
        NetworkProfile equal = Networks.of(
                0,
                0,
                IntStream.range(0, 5)
                        .mapToObj(i -> Networks.layer("layer " + i, 0, 1, 1, 1, 0, 0))
                        .toArray(LayerProfile[]::new));

        for (List<Integer> usual : List.of(List.of(0, 2), List.of(0, 3))) {
            assertThat(FastestCut.of(equal, Schedules.named("gpipe"), new PipelineShape(2, 1, 8), 1, 8, false, usual))
                    .isEqualTo(usual);
        }
    }
}
