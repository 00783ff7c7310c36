package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.fetch.FileDigest;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.nn.backend.Backend;
import millrace.nn.choice.KernelChoices;
import org.junit.jupiter.api.Test;

class PlanSourceTest {
    @Test
    void whatDoesNotFitOnANodeIsToldWithItsName() {
        PlanSource other = configuration -> {
            throw new IllegalArgumentException("data " + configuration + ": 61 samples (expected: 60 samples)");
        };

        assertThatIllegalArgumentException()
                .isThrownBy(() -> other.on("10.0.0.7:25520").remembering().plan("d.csv"))
                .withMessage("node 10.0.0.7:25520: data d.csv: 61 samples (expected: 60 samples)");
    }

    private static RunOrder order(String... kernels) {
        return new RunOrder(
                "run",
                "/runs/run",
                "c",
                Optional.empty(),
                Optional.empty(),
                1,
                1,
                CheckpointPace.every(Duration.ofSeconds(1)),
                Set.of(),
                1,
                KernelChoices.parse(List.of(kernels)));
    }

    private static final String PACKED = "6 x 8, 2 forwards: forward packed, backward-input plain, rows close";

    @Test
    void aNodeUsesTheKernelsOfTheRunNotItsOwn() {
        assumeTrue(Backend.fast().chooses(), "oneDNN is not there for this platform");
        RunPlan own = new PlanBuilder().build();
        AtomicInteger made = new AtomicInteger();
        PlanSource node = ((PlanSource) _ -> {
                    made.incrementAndGet();
                    return own;
                })
                .on("a:1")
                .remembering();

        assertThat(node.plan(order(PACKED)).spec().backend().choices().texts()).containsExactly(PACKED);
        assertThat(node.plan(order(PACKED)).spec().backend().choices().texts()).containsExactly(PACKED);
        assertThat(made).hasValue(1);
        assertThat(node.plan(order()).spec().backend().choices()).isEqualTo(KernelChoices.NONE);
    }

    /** Between two runs with the same settings somebody may have changed the file that they name. */
    @Test
    void aPlanOverOtherDataIsMadeAnew() {
        RunPlan own = new PlanBuilder().build();
        AtomicInteger made = new AtomicInteger();
        PlanSource node = ((PlanSource) _ -> {
                    made.incrementAndGet();
                    return own;
                })
                .remembering();

        node.plan(order().over(data("1")));
        node.outline(order().over(data("1")));
        assertThat(made).hasValue(1);
        node.plan(order().over(data("2")));
        assertThat(made).hasValue(2);
        node.outline(order().over(data("3")));
        assertThat(made).hasValue(3);
    }

    private static RunData data(String digit) {
        return new RunData(
                new TreeMap<>(),
                List.of(new RunData.NamedFile("data.csv.file", "d.csv", new FileDigest(digit.repeat(64), 9))));
    }

    @Test
    void aNodeThatDoesNotHaveThemSaysSoByItsName() {
        RunPlan own = new PlanBuilder().backend(Backend.scalar()).build();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ((PlanSource) _ -> own)
                        .on("10.0.0.7:25520")
                        .remembering()
                        .plan(order(PACKED)))
                .withMessageStartingWith(
                        "node 10.0.0.7:25520: kernels: " + PACKED + " (expected: none, the kernels of");
    }

    @Test
    void otherFailuresStayWhatTheyAre() {
        PlanSource broken = configuration -> {
            throw new IllegalStateException(configuration);
        };

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> broken.on("a:1").plan("x"))
                .withMessage("x");
    }
}
