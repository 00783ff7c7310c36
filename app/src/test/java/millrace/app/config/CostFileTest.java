package millrace.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import millrace.schedule.Costs;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.RankPair;
import millrace.schedule.Costs.StageCost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CostFileTest {
    @TempDir
    private Path folder = Path.of("");

    private Costs read(String text, int stages) throws IOException {
        return CostFile.read(Files.writeString(folder.resolve("costs.conf"), text), stages);
    }

    @Test
    void whatIsWrittenReadsBack() throws IOException {
        Costs costs = new Costs(
                List.of(
                        new StageCost(0.5, 1.75, 0.75, 1, 0.25, 4096, 512, 2048, 100, 200),
                        new StageCost(1, 2, 1, 1, 1, 1, 0, 0)),
                new Link(1e-4, 1.25e9),
                Map.of(
                        new RankPair(0, 1), new Link(2e-3, Double.POSITIVE_INFINITY),
                        new RankPair(1, 0), new Link(0, 1e8)));

        assertThat(read(CostFile.write(costs), 2)).isEqualTo(costs);
        assertThat(read(CostFile.write(costs.holding(3)), 2)).isEqualTo(costs.holding(3));
        assertThat(CostFile.read(ConfigFactory.parseMap(CostFile.block(costs)), "pipeline.cost", 2))
                .isEqualTo(costs);
    }

    /** Error deltas that wait for their backward-weight may be larger than what the forward has left. */
    @Test
    void moreMayBeHeldBetweenIAndWThanBefore() throws IOException {
        assertThat(read(
                                "stages = [{ forward = 1, backward-input = 1, backward-weight = 1, memory = 2, weight-memory = 3 }]",
                                1)
                        .stages()
                        .getFirst()
                        .weightMemory())
                .isEqualTo(3);
    }

    @Test
    void threeTimesAreEnough() throws IOException {
        Costs costs = read("stages = [{ forward = 2, backward-input = 3, backward-weight = 4 }]", 1);

        assertThat(costs).isEqualTo(new Costs(List.of(new StageCost(2, 7, 3, 4, 1, 1, 0, 0)), Link.FREE, Map.of()));
        assertThat(costs.stages().getFirst().recompute()).isEqualTo(2);
    }

    @Test
    void whatDoesNotFitIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("stages = [{ forward = 2, backward-input = 3, backward-weight = 4 }]", 2))
                .withMessageContaining("1 stages (expected: 2, as many as the schedule has)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(
                        "stages = [{ forward = 2, backward-input = 3, backward-weight = 4, input-memory = 2 }]", 1))
                .withMessageContaining("memory held between F and R: 2.0 (expected: at most 1.0");
        String stage = "stages = [{ forward = 2, backward-input = 3, backward-weight = 4 }]\n";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(stage + "most-hold = 2", 1))
                .withMessageContaining("most-hold (expected: one of stages, link, links, most-held)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(stage + "link { latncy = 2 }", 1))
                .withMessageContaining("link: latncy (expected: one of from, to, latency, bandwidth)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(stage + "link = 5", 1))
                .withMessageContaining("link: 5 (expected: a block in braces)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(stage + "most-held = 0", 1))
                .withMessageContaining("micro-batches held: 0 (expected: 1 or more");
    }
}
