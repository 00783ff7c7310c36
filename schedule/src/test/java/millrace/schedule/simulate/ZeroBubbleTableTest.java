package millrace.schedule.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import millrace.schedule.Costs;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedules;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Table 5 of Qi et al., Zero Bubble Pipeline Parallelism (ICLR 2024), first row, by its measured costs. */
class ZeroBubbleTableTest {
    @ParameterizedTest
    @CsvSource({
        "1f1b, 1, .2431",
        "zb-h1, 1, .1585",
        "zb-h2, 1, .1083",
        "zb-1p, 1, .1585",
        "zb-2p, 1, .0433",
        // the paper says less: its column leaves out the dependencies from the last rank back to the first
        "interleaved-1f1b, 3, .1090"
    })
    void bubbleRate(String name, int chunks, double rate) {
        PipelineShape shape = new PipelineShape(8, chunks, 24);
        Costs costs = Costs.uniform(shape, 18.522, 18.086, 9.337, 0.601, 0.3664);

        Simulation simulation = Simulator.simulate(Schedules.generate(name, shape, costs), costs);

        assertThat(simulation.bubbleOfRankSpan()).isCloseTo(rate, within(0.00005));
    }
}
