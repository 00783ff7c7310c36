package millrace.app.study;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.app.output.Audience;
import millrace.nn.curvature.Curvature;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StabilityReportTest {
    private static final List<String> THREE_STAGES = List.of(
            "model.layers=[{type=dense,units=8},{type=dense,units=8},{type=dense,units=10}]",
            "training.optimizer.name=sgd",
            "training.optimizer.lr=0.01",
            "pipeline.schedule=async-1f1b");

    private record Said(String out, String err) {}

    private static Said said(Audience audience, BiConsumer<StabilityReport, RunPlan> what, String... settings) {
        List<String> overrides =
                Stream.concat(THREE_STAGES.stream(), Stream.of(settings)).toList();
        RunPlan plan =
                RunSetup.of(RunFile.resolve("digits", overrides, Map.of())).plan(Start.FRESH);
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        what.accept(new StabilityReport(audience, new PrintWriter(out), new PrintWriter(err)), plan);
        return new Said(out.toString(), err.toString());
    }

    private static BiConsumer<StabilityReport, RunPlan> estimated(double curvature, boolean settled) {
        return (report, plan) -> report.estimated(plan, new Curvature(curvature, 9, settled));
    }

    @Test
    void aMuchSmallerBoundIsSaidToPeople() {
        Said people = said(Audience.PLAIN, StabilityReport::bound, "training.optimizer.momentum=0.9");

        assertThat(people.out())
                .isEqualTo(
                        "stability: with gradients 1 step late and momentum 0.9 SGD stands lr * curvature below 0.100"
                                + " (without delay 3.80); --estimate-curvature measures the curvature\n");
        for (Audience other : List.of(Audience.JSON, Audience.QUIET)) {
            assertThat(said(other, StabilityReport::bound, "training.optimizer.momentum=0.9"))
                    .isEqualTo(new Said("", ""));
        }
    }

    @Test
    void aBoundWithCorrectionsIsThatOfUncorrectedGradients() {
        Said said = said(
                Audience.PLAIN,
                StabilityReport::bound,
                "training.optimizer.momentum=0.9",
                "pipeline.weights=predict",
                "pipeline.accumulate=1");

        assertThat(said.out()).startsWith("stability: with uncorrected gradients 2 steps late and momentum 0.9 ");
    }

    @ParameterizedTest
    @CsvSource({
        "training.optimizer.momentum=0.9, pipeline.schedule=1f1b",
        "training.optimizer.momentum=0.9, pipeline.stages=1",
        "training.optimizer.momentum=0.9, pipeline.weights=nesterov",
        "training.optimizer.name=adam, pipeline.accumulate=1",
        "training.optimizer.momentum=0, pipeline.accumulate=2"
    })
    void nothingIsSaidWhereDelaysDoNotMatterMuch(String one, String other) {
        assertThat(said(Audience.PLAIN, StabilityReport::bound, one, other)).isEqualTo(new Said("", ""));
    }

    @Test
    void peopleSeeEachStageAndTheRemedies() {
        Said said =
                said(Audience.PLAIN, estimated(9, true), "training.optimizer.momentum=0.9", "pipeline.accumulate=1");

        assertThat(said.out()).isEqualTo("""
            stability: curvature 9.000 at the first weights, after 9 products with the Hessian
              stage 0: gradients 2 steps late, lr * curvature 0.0900, bound 0.0512
              stage 1: gradients 1 step late, lr * curvature 0.0900, bound 0.100
              stage 2: gradients 0 steps late, lr * curvature 0.0900, bound 3.80
            warning: stage 0: lr * curvature 0.0900 (expected: below 0.0512 with gradients 2 steps late and momentum 0.9); \
            take --lr of at most 0.0056, or more --accumulate, or --correct t1=STEPS, or --weights predict or nesterov
            """);
        assertThat(said.err()).isEmpty();
    }

    @Test
    void scriptsGetOneLineAndTheWarningBesideIt() {
        Said said = said(Audience.JSON, estimated(900, true));

        assertThat(said.out())
                .startsWith("{\"event\":\"stability\",\"curvature\":900.0,\"settled\":true,\"stages\":["
                        + "{\"stage\":0,\"delay\":1,\"lr_times_curvature\":9.0,\"bound\":")
                .endsWith("\"stable\":false}]}\n")
                .hasLineCount(1);
        assertThat(said.err())
                .isEqualTo("warning: stage 0: lr * curvature 9.00 (expected: below 1.00 with gradients 1 step late),"
                        + " stages beyond their bounds too: [1, 2]; take --lr of at most 0.0011\n");
    }

    @Test
    void onlyWhatThisRunCanDoIsAdvised() {
        Said flushed =
                said(Audience.QUIET, estimated(900, true), "training.optimizer.momentum=0.9", "pipeline.schedule=1f1b");
        Said greedy = said(
                Audience.QUIET,
                estimated(900, true),
                "training.optimizer.momentum=0.9",
                "pipeline.schedule=greedy",
                "pipeline.accumulate=1");

        assertThat(flushed.out()).isEmpty();
        assertThat(flushed.err()).endsWith("; take --lr of at most 0.0042\n");
        assertThat(greedy.err())
                .endsWith("; take --lr of at most 0.000056, or more --accumulate, or --correct t1=STEPS\n");
    }

    @ParameterizedTest
    @CsvSource({
        "2, false, sgd, stash, the estimate has not settled; the curvature may be larger",
        "-2, true, sgd, stash, the loss bends downwards in every direction; the curvature says nothing about lr yet",
        "2, true, adam, stash, the bound is that of SGD; what adam stands is not known",
        "2, true, sgd, predict, the bound is that of uncorrected delay; weights predict and --correct t2 or dc make up"
                + " for a part of it"
    })
    void doubtsAreSaid(double curvature, boolean settled, String optimizer, String weights, String doubt) {
        String momentum = optimizer.equals("sgd") ? "training.optimizer.momentum=0.5" : "training.optimizer.beta1=0.5";
        String[] settings = {"training.optimizer.name=" + optimizer, momentum, "pipeline.weights=" + weights};

        assertThat(said(Audience.PLAIN, estimated(curvature, settled), settings).out())
                .endsWith("\nstability: " + doubt + "\n");
        assertThat(said(Audience.JSON, estimated(curvature, settled), settings).err())
                .isEqualTo("stability: " + doubt + "\n");
    }
}
