package millrace.schedule.auto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import millrace.schedule.Costs;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.simulate.SimulationOptions;
import millrace.schedule.simulate.Simulator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LowerBoundTest {
    static Stream<String> names() {
        return Schedules.all().stream().map(Generator::name);
    }

    /** Whatever the stages take, no batch comes sooner after another. */
    @ParameterizedTest
    @MethodSource("names")
    void neverAboveWhatIsSimulated(String name) {
        PipelineShape shape = new PipelineShape(4, Schedules.named(name).defaultChunks(), 8);
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            List<StageCost> stages = new ArrayList<>();
            for (int stage = 0; stage < shape.stages(); stage++) {
                double input = random.nextDouble(1, 3);
                double weight = random.nextDouble(1, 3);
                stages.add(new StageCost(
                        random.nextDouble(1, 3), input + weight * random.nextDouble(), input, weight, 1, 1, 1, 1));
            }
            Costs costs = new Costs(stages, new Link(random.nextDouble(), 10), Map.of());
            double[] steps = random.doubles(4, 0, 2).toArray();
            Schedule schedule = Schedules.generate(name, shape, costs);

            double period = Simulator.period(schedule, costs, SimulationOptions.PLAIN, steps);

            assertThat(LowerBound.period(schedule, costs, steps))
                    .as("%s, seed %d", name, seed)
                    .isLessThanOrEqualTo(period * (1 + 1e-12));
        }
    }
}
