package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import millrace.app.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Plans by profiles that are written by hand: no time is tested; and a small network, measured and trained by its plan. */
class PlanCommandTest {
    private static final String JOINT = """
            {"layers": [
              {"name": "a", "weight_bytes": 3, "sizes": [{"samples": 1, "forward_s": 1, "backward_input_s": 1,
                "backward_weight_s": 1, "kept_bytes": 7, "input_bytes": 2}]},
              {"name": "b", "weight_bytes": 2, "sizes": [{"samples": 1, "forward_s": 1, "backward_input_s": 1,
                "backward_weight_s": 1, "kept_bytes": 8, "input_bytes": 2}]},
              {"name": "c", "weight_bytes": 0, "sizes": [{"samples": 1, "forward_s": 1, "backward_input_s": 1,
                "backward_weight_s": 1, "kept_bytes": 2, "input_bytes": 2}]},
              {"name": "d", "weight_bytes": 2, "sizes": [{"samples": 1, "forward_s": 2, "backward_input_s": 2,
                "backward_weight_s": 2, "kept_bytes": 2, "input_bytes": 1}]}],
             "action_overhead_s": 2, "optimizer_copies": 1}
            """;

    @TempDir
    private Path folder = Path.of("");

    private Path joint = Path.of("");
    private Path small = Path.of("");

    @BeforeEach
    void files() throws IOException {
        joint = Files.writeString(folder.resolve("joint.json"), JOINT);
        small = Files.writeString(folder.resolve("small.conf"), """
                name = small
                model.layers = [{ type = dense, units = 16 }, relu, { type = dense, units = 16 }, relu, { type = dense, units = 3 }]
                data { set = iris, normalize = standard }
                training { batch = 16, epochs = 1 }
                pipeline { ranks = 2, micro-batches = 2 }
                checkpoint.folder = "%s"
                """.formatted(folder.resolve("runs")));
    }

    @Test
    void theBestPlanOfAProfileAlone() {
        Program planned = Program.done(
                "plan " + joint + " --ranks 2 --batch 8 --schedules gpipe,1f1b --recompute-at backward --memory 68B");

        Config best = Program.events(planned.out(), "plan").getFirst();
        assertThat(best.getDouble("step_s")).isEqualTo(108);
        assertThat(best.getString("schedule")).isEqualTo("1f1b");
        assertThat(best.getInt("micro_batches")).isEqualTo(4);
        assertThat(best.getIntList("partition")).containsExactly(0, 2);
        assertThat(best.getIntList("recompute")).containsExactly(0);
        assertThat(best.getDoubleList("memory_bytes")).allMatch(bytes -> bytes <= 68);
        assertThat(best.getDouble("lower_bound_s")).isLessThanOrEqualTo(108);
        assertThat(best.getString("layout")).isEqualTo("2|2");
        assertThat(planned.event("planned").getBoolean("complete")).isTrue();

        Program told = Program.run("plan " + joint + " --ranks 2 --batch 8 --memory 68B");
        assertThat(told.out()).anyMatch(line -> line.contains("no plan is faster than"));
    }

    @Test
    void theCutFollowsASlowRank() {
        List<Integer> even = Program.events(
                        Program.done("plan " + joint + " --ranks 2 --batch 8 --schedules 1f1b")
                                .out(),
                        "plan")
                .getFirst()
                .getIntList("partition");
        List<Integer> uneven = Program.events(
                        Program.done("plan " + joint + " --ranks 2 --batch 8 --schedules 1f1b --speeds 0.5,1")
                                .out(),
                        "plan")
                .getFirst()
                .getIntList("partition");

        assertThat(uneven.get(1)).isLessThan(even.get(1));
        Program.run("plan " + joint + " --ranks 2 --batch 8 --speeds 1,1,1").assertRefused("--speeds: [1.0, 1.0, 1.0]");
        Program.run("plan " + joint + " --ranks 2 --batch 8 --speeds 0").assertRefused("rank speed: 0.0");
    }

    /** The costs that a schedule was planned from stand in the run file, and others can simulate with them. */
    @Test
    void plannedFromCosts() throws IOException {
        Path uneven = Files.writeString(folder.resolve("uneven.json"), """
                {"network": "small", "layers": [
                  {"name": "a", "weight_bytes": 320, "sizes": [{"samples": 2, "forward_s": 1, "backward_input_s": 3,
                    "backward_weight_s": 2, "kept_bytes": 7, "input_bytes": 2}]},
                  {"name": "b", "weight_bytes": 1088, "sizes": [{"samples": 2, "forward_s": 2, "backward_input_s": 1,
                    "backward_weight_s": 4, "kept_bytes": 8, "input_bytes": 2}]},
                  {"name": "c", "weight_bytes": 204, "sizes": [{"samples": 2, "forward_s": 3, "backward_input_s": 2,
                    "backward_weight_s": 1, "kept_bytes": 2, "input_bytes": 2}]}]}
                """);
        Path plan = folder.resolve("plan.conf");
        Path costs = folder.resolve("costs.conf");
        Program planned = Program.done("plan " + small + " --profile " + uneven
                + " --ranks 2 --schedules shortest --out " + plan + " --save-costs " + costs);

        Config best = Program.events(planned.out(), "plan").getFirst();
        assertThat(Program.done("simulate shortest --ranks 2 --micro-batches " + best.getInt("micro_batches")
                                + " --cost " + costs)
                        .event("simulation")
                        .getDouble("makespan"))
                .isGreaterThanOrEqualTo(best.getDouble("step_s"));
        String reference = Program.done(
                        "train " + small + " --sequential -D pipeline.micro-batches=" + best.getInt("micro_batches"))
                .digest();
        assertThat(Program.done("train " + plan).digest()).isEqualTo(reference);
        assertThat(Program.done("train " + small + " --schedule shortest -D pipeline.micro-batches="
                                + best.getInt("micro_batches")
                                + " -D pipeline.cost={stages=[{forward=1,backward-input=3,backward-weight=2},"
                                + "{forward=3,backward-input=1,backward-weight=1}],most-held=2}")
                        .digest())
                .isEqualTo(reference);
        Program.run("train " + small + " --schedule shortest -D pipeline.cost={stages=[]}")
                .assertRefused("pipeline.cost: 0 stages (expected: 2, as many as the schedule has)");
    }

    @Test
    void copiesOfTheLine() {
        Program planned = Program.done("plan " + joint + " --ranks 4 --replicas 2,4 --batch 8 --schedules 1f1b,gpipe");

        List<Config> plans = Program.events(planned.out(), "plan");
        assertThat(plans).extracting(plan -> plan.getInt("replicas")).contains(2, 4);
        for (Config plan : plans) {
            int replicas = plan.getInt("replicas");
            assertThat(plan.getInt("micro_batches") % replicas).isZero();
            assertThat(plan.getIntList("partition")).hasSize(4 / replicas);
            assertThat(plan.getDoubleList("memory_bytes")).hasSize(4);
        }
        Program.run("plan " + joint + " --ranks 4 --replicas 3 --batch 8")
                .assertRefused("--replicas: [3] (expected: one or more that divide the 4 ranks)");
        Program.run("plan " + joint + " --ranks 4 --replicas 0 --batch 8").assertRefused("--replicas: 0 (expected: 1");
    }

    @Test
    void layersThatRecompute() {
        String words = "plan " + joint + " --ranks 2 --batch 8 --schedules 1f1b --memory 30B";
        Config whole = Program.events(Program.done(words).out(), "plan").getFirst();
        Config some = Program.events(
                        Program.done(words + " --recompute-by layer").out(), "plan")
                .getFirst();

        assertThat(some.getDouble("step_s")).isLessThanOrEqualTo(whole.getDouble("step_s"));
        Program.run(words + " --recompute-by half").assertRefused("--recompute-by: half (expected: stage or layer)");
    }

    @Test
    void tellsTheLeastMemoryWhereNoPlanFits() {
        Program.run("plan " + joint + " --ranks 2 --batch 8 --memory 10B --schedules 1f1b")
                .assertRefused("--memory: 10B (expected: 24B or more, which is 24 B, on each of 2 ranks");
    }

    @Test
    void refusesWhatDoesNotFit() {
        Program.run("plan " + joint + " --ranks 2").assertRefused("--batch: nothing");
        Program.run("plan " + joint + " --ranks 9 --batch 8").assertRefused("ranks: 9 (expected: at most 4");
        Program.run("plan " + joint + " --ranks 2 --batch 8 --schedules 1f1c").assertRefused("schedule: 1f1c");
        Program.run("plan " + joint + " --ranks 2 --batch 8 --recompute-at once")
                .assertRefused("--recompute-at: once");
        Program.run("plan " + joint + " --ranks 2 --batch 8 --out plan.conf").assertRefused("--out");
        Program.run("plan " + joint + " --ranks 2 --batch 8 --memory lots").assertRefused("--memory: lots");
        Program.run("plan " + small + " --profile " + joint + " --ranks 2")
                .assertRefused("profile: 4 layers (expected: 5, all of small, or 3, those with weights");
    }

    @Test
    void measuredPlannedTrained() throws IOException {
        Path profile = folder.resolve("small.json");
        Path plan = folder.resolve("plan.conf");
        Program measured = Program.done("profile " + small + " --sizes 4,8,16 --out " + profile);
        assertThat(Program.events(measured.out(), "layer")).hasSize(9);
        assertThat(measured.event("profile").getString("network")).isEqualTo("small");

        Program planned = Program.done("plan " + small + " --profile " + profile + " --ranks 2 --out " + plan);
        Config best = Program.events(planned.out(), "plan").getFirst();
        assertThat(Files.readString(plan)).contains("layout", "micro-batches");

        String reference = Program.done("train " + small + " --sequential -D pipeline.micro-batches="
                        + best.getInt("micro_batches") + stagesOf(best))
                .digest();
        assertThat(Program.done("train " + plan).digest()).isEqualTo(reference);
        assertThat(Program.done("train " + small + " --plan " + plan).digest()).isEqualTo(reference);
        Program.run("train " + small + " --plan " + plan + " --ranks 1")
                .assertRefused("--plan: " + plan + " beside pipeline.");
        Program.done("plan " + small + " --profile " + profile + " --ranks 2 --batch 32 --out " + plan);
        assertThat(ConfigFactory.parseFile(plan.toFile()).getInt("training.batch"))
                .isEqualTo(32);
        Program.run("plan mlp-mnist --profile " + profile + " --ranks 2")
                .assertRefused("profile: of the network small (expected: of mlp-mnist)");
    }

    /** Replicas of some schedules add up gradients by themselves. */
    private static String stagesOf(Config plan) {
        return " --schedule " + plan.getString("schedule") + " --ranks 2";
    }

    @Test
    void trainedByAPlanThatIsMadeForIt() {
        Program trained = Program.done("train " + small + " --plan auto --compute-threads 2");

        assertThat(trained.event("done").getLong("steps")).isPositive();
    }

    /** What a summary tells of the memory is what the run then allocates, but for what its kernels and neighbours hold. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " -D pipeline.schedule=async-1f1b",
                " -D pipeline.schedule=async-1f1b -D pipeline.weights=2bw",
                " --replicas 2",
                " -D pipeline.recompute=true"
            })
    void memoryBeforeTheRun(String line) {
        // weights are most of it: what a line of tiny layers holds is mostly between them
        String dense = "{type=dense,units=384},relu,";
        String large = small + " -D model.layers=[" + dense.repeat(4) + "{type=dense,units=3}]" + line;
        Program told = Program.done("summary " + large + " --memory");
        List<Long> measured = Program.done("train " + large).event("done").getLongList("allocated_bytes");

        List<Config> ranks = Program.events(told.out(), "memory");
        assertThat(ranks).hasSize(line.contains("replicas") ? 4 : 2);
        for (int rank = 0; rank < ranks.size(); rank++) {
            // what copies need to exchange gradients depends on who waits for whom: as much as that at most
            assertThat(ranks.get(rank).getDouble("memory_bytes"))
                    .as("rank %d", rank)
                    .isCloseTo(measured.get(rank % 2), withinPercentage(line.contains("replicas") ? 25 : 10));
            assertThat(ranks.get(rank).getDouble("memory_parts.weights")).isPositive();
        }
        boolean stream = line.contains("async");
        assertThat(ranks.getFirst().getDouble("memory_parts.versions") > 0).isEqualTo(stream);
    }

    @Test
    void theBestOnesAreMeasured() {
        Program planned = Program.done("plan " + small + " --ranks 2 --measure 2 --schedules gpipe,1f1b --top 3");

        List<Config> plans = Program.events(planned.out(), "plan");
        assertThat(plans).hasSize(3);
        assertThat(plans.get(0).getDouble("measured_step_s")).isPositive();
        assertThat(plans.get(1).getDoubleList("measured_memory_bytes")).hasSize(2);
        assertThat(plans.get(2).hasPath("measured_step_s")).isFalse();
    }

    @Test
    void aNetworkCutByHand() {
        String digest = Program.done("train " + small).digest();

        assertThat(Program.done("train " + small + " -D pipeline.layout=4|1").digest())
                .isEqualTo(digest);
        Program.run("train " + small + " -D pipeline.layout=3|2")
                .assertRefused("layout: stage 1 begins with layer 3 (expected: one of [0, 2, 4]");
        Program.run("train " + small + " -D pipeline.layout=2|2")
                .assertRefused("layout: 4 layers in 2 stages (expected: 5");
        Program.run("train " + small + " -D pipeline.layout=2+3")
                .assertRefused("pipeline.layout: 2+3 (expected: numbers of layers, stage by stage, as in 4|3|2)");
        Program.run("train " + small + " -D pipeline.layout=2|2|1 --ranks 2")
                .assertRefused("pipeline.layout: 2|2|1, 3 stages (expected: a multiple of 1");
    }
}
