package millrace.nn.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import millrace.nn.data.Dataset;
import millrace.nn.layer.Layers;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.ParameterGroup;
import millrace.nn.optimizer.ParameterGroups;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Groups of parameters mean the same however the model is cut into stages, and after a restart. */
class ParameterGroupStagesTest {
    private static final Dataset TRAIN = Line.data(2 * Line.BATCH + 1);
    private static final int MICRO_BATCHES = 4;

    static IntStream seeds() {
        return IntStream.range(0, 20);
    }

    private static TrainingSpec spec(ParameterGroups groups) {
        UpdatePolicy policy = UpdatePolicy.of(Adam.adamW(1e-2)).with(groups);
        return new TrainingSpec(Line.MODEL, Losses.crossEntropy(), policy, Line.BATCH, MICRO_BATCHES, true, 5);
    }

    private static ParameterGroups drawn(Random random) {
        List<String> names = Line.MODEL.parameterNames();
        List<ParameterGroup> groups = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String name = names.get(random.nextInt(names.size()));
            ParameterGroup group = ParameterGroup.of(
                    switch (random.nextInt(3)) {
                        case 0 -> name;
                        case 1 -> name.replaceAll("[.].*", ".*");
                        default -> name.replaceAll(".*[.]", "");
                    });
            groups.add(group.withRateFactor(0.1 + random.nextDouble()).withWeightDecay(random.nextDouble()));
        }
        // one parameter of the last layer at most, so that something is trained
        groups.add(ParameterGroup.of(random.nextBoolean() ? "0.*" : "5.bias").withFrozen(true));
        return new ParameterGroups(groups, random.nextBoolean());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void stagesInALineEqualTheWholeModelToTheBit(int seed) {
        Random random = new Random(seed);
        TrainingSpec spec = spec(drawn(random));
        int stages = 1 + random.nextInt(3);
        List<Line.Order> orders = List.of(Line.Order.values());
        Line.Order order = orders.get(random.nextInt(orders.size()));
        try (Line whole = new Line(spec, TRAIN, 1);
                Line alike = new Line(spec(ParameterGroups.NONE), TRAIN, 1);
                Line line = new Line(spec, TRAIN, stages);
                Line resumed = new Line(spec, TRAIN, 1 + random.nextInt(3))) {
            Map<String, List<Float>> fresh = whole.numbers();
            for (int step = 0; step < 5; step++) {
                double loss = whole.step(MICRO_BATCHES, Line.Order.ONE_BY_ONE);
                alike.step(MICRO_BATCHES, Line.Order.ONE_BY_ONE);
                assertThat(line.step(MICRO_BATCHES, order))
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(loss);
            }
            assertThat(line.numbers()).as("seed %d", seed).isEqualTo(whole.numbers());
            assertThat(alike.numbers()).as("seed %d", seed).isNotEqualTo(whole.numbers());

            Map<String, Tensor> snapshot = whole.state();
            resumed.stages.forEach(stage -> stage.state().restore(snapshot, 5));
            for (int step = 5; step < 8; step++) {
                assertThat(resumed.step(MICRO_BATCHES, order))
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(whole.step(MICRO_BATCHES, Line.Order.ONE_BY_ONE));
            }
            assertThat(resumed.numbers()).as("seed %d", seed).isEqualTo(whole.numbers());
            boolean first = spec.policy().groups().groups().getLast().match().equals("0.*");
            for (String name : first ? List.of("0.weight", "0.bias") : List.of("5.bias")) {
                assertThat(whole.numbers().get(name)).as("seed %d", seed).isEqualTo(fresh.get(name));
            }
        }
    }

    @Test
    void groupsAreOfTheModel() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec(groups(ParameterGroup.of("1.weight").withFrozen(true))))
                .withMessage(
                        "parameter group: match 1.weight (expected: one of 0.weight, 0.bias, 3.weight, 3.bias, 5.weight,"
                                + " 5.bias, or a pattern such as 0.* or bias)");
        Model tied = Model.of(Shape.of(4), Layers.embedding(5, 3), Layers.dense(3), Layers.tiedDense(5));
        UpdatePolicy policy = UpdatePolicy.of(Adam.adamW(1e-2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TrainingSpec(
                        tied,
                        Losses.crossEntropy(),
                        policy.with(groups(ParameterGroup.of("0.*").withRateFactor(0.1))),
                        4,
                        1,
                        true,
                        5))
                .withMessageStartingWith("parameter groups: other numbers for 2.weight than for 0.weight");
    }

    private static ParameterGroups groups(ParameterGroup group) {
        return new ParameterGroups(List.of(group), true);
    }
}
