package millrace.schedule.auto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import millrace.schedule.auto.ReplicatedPartition.LayerCost;
import millrace.schedule.auto.ReplicatedPartition.Stage;
import millrace.schedule.auto.ReplicatedPartition.Variant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The examples were worked out by an independent program. */
class ReplicatedPartitionTest {
    private static List<LayerCost> layers(double[] times, double[] weights, double[] outputs) {
        return IntStream.range(0, times.length)
                .mapToObj(i -> new LayerCost(times[i], weights[i], outputs[i]))
                .toList();
    }

    private static double[] all(int count, double value) {
        return IntStream.range(0, count).mapToDouble(_ -> value).toArray();
    }

    @Test
    void heavyWeightsStayOnOneWorker() {
        ReplicatedPartition found = ReplicatedPartition.best(
                layers(new double[] {8, 8, 2, 2}, new double[] {1, 1, 20, 20}, new double[] {4, 2, 1, 1}),
                10,
                4,
                Variant.PAPER);

        assertThat(found.time()).isCloseTo(16 / 3.0, within(1e-12));
        assertThat(found.stages()).containsExactly(new Stage(0, 2, 3), new Stage(2, 4, 1));
        assertThat(found.inFlight()).isEqualTo(2);
    }

    @Test
    void lightWeightsAreOneStageOnAll() {
        ReplicatedPartition found =
                ReplicatedPartition.best(layers(all(4, 5), all(4, 1), all(4, 1)), 10, 4, Variant.PAPER);

        assertThat(found.time()).isEqualTo(5);
        assertThat(found.stages()).containsExactly(new Stage(0, 4, 4));
        assertThat(found.inFlight()).isEqualTo(1);
    }

    @Test
    void whereWeightsAreVeryHeavyTheLineIsStraight() {
        ReplicatedPartition found =
                ReplicatedPartition.best(layers(all(4, 5), all(4, 100), all(4, 1)), 10, 4, Variant.PAPER);

        assertThat(found.time()).isEqualTo(5);
        assertThat(found.stages())
                .containsExactly(new Stage(0, 1, 1), new Stage(1, 2, 1), new Stage(2, 3, 1), new Stage(3, 4, 1));
        assertThat(found.inFlight()).isEqualTo(4);
    }

    @Test
    void oneLayerThatIsMostOfTheWorkIsShared() {
        ReplicatedPartition found =
                ReplicatedPartition.best(layers(new double[] {2, 12, 2}, all(3, 1), all(3, 1)), 10, 3, Variant.PAPER);

        assertThat(found.time()).isCloseTo(16 / 3.0, within(1e-12));
        assertThat(found.stages()).containsExactly(new Stage(0, 3, 3));
    }

    static IntStream seeds() {
        return IntStream.range(0, 300);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void asGoodAsTheBestOfAll(int seed) {
        Random random = new Random(seed);
        int count = 1 + random.nextInt(5);
        int workers = 1 + random.nextInt(5);
        double bandwidth = 1 + random.nextInt(20);
        Variant variant = random.nextBoolean() ? Variant.PAPER : Variant.CODE;
        List<LayerCost> layers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            layers.add(new LayerCost(1 + random.nextInt(12), random.nextInt(30), 1 + random.nextInt(20)));
        }

        ReplicatedPartition found = ReplicatedPartition.best(layers, bandwidth, workers, variant);

        assertThat(found.time())
                .as("seed %d", seed)
                .isCloseTo(shortest(layers, 0, workers, bandwidth, variant), within(1e-9));
        assertThat(time(found.stages(), layers, bandwidth, variant))
                .as("seed %d", seed)
                .isCloseTo(found.time(), within(1e-9));
        assertThat(found.stages().stream().mapToInt(Stage::workers).sum()).isEqualTo(workers);
    }

    /** All ways to give the layers from one on to so many workers, by recursion from the front. */
    private static double shortest(List<LayerCost> layers, int from, int workers, double bandwidth, Variant variant) {
        double best = Double.POSITIVE_INFINITY;
        for (int to = from + 1; to <= layers.size(); to++) {
            for (int m = 1; m <= workers; m++) {
                boolean last = to == layers.size();
                if (last != (m == workers)) {
                    continue;
                }
                double own = time(List.of(new Stage(from, to, m)), layers, bandwidth, variant);
                double rest = last ? 0 : shortest(layers, to, workers - m, bandwidth, variant);
                best = Math.min(best, Math.max(own, rest));
            }
        }
        return best;
    }

    /** The slowest of some stages and the boundaries before them, as the formulas are written. */
    private static double time(List<Stage> stages, List<LayerCost> layers, double bandwidth, Variant variant) {
        double slowest = 0;
        for (Stage stage : stages) {
            int m = stage.workers();
            double work = 0;
            double bytes = 0;
            for (LayerCost layer : layers.subList(stage.from(), stage.to())) {
                work += layer.time();
                bytes += layer.weightBytes();
            }
            double in = stage.from() == 0 ? 0 : 2 * layers.get(stage.from() - 1).outputBytes() / bandwidth;
            slowest = Math.max(
                    slowest,
                    variant == Variant.PAPER
                            ? Math.max(in, Math.max(work, 2 * (m - 1) * bytes / bandwidth) / m)
                            : Math.max(in / m, (work + 4 * (m - 1) * bytes / (bandwidth * m)) / m));
        }
        return slowest;
    }

    @Test
    void refusals() {
        List<LayerCost> one = List.of(new LayerCost(1, 1, 1));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReplicatedPartition.best(List.of(), 1, 1, Variant.PAPER))
                .withMessageContaining("layers: 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReplicatedPartition.best(one, 1, 0, Variant.PAPER))
                .withMessageContaining("workers: 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReplicatedPartition.best(one, 0, 1, Variant.PAPER))
                .withMessageContaining("bandwidth: 0.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LayerCost(-1, 0, 0))
                .withMessageContaining("time: -1.0");
    }
}
