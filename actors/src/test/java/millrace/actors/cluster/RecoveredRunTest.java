package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import millrace.actors.event.Recorder;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.Watching;
import millrace.actors.run.ReferenceRun;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.optimizer.Plateau;
import millrace.schedule.Replication;
import millrace.schedule.Schedules;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** What a run knows besides its weights is known after the loss of a node too. */
@Order(2)
class RecoveredRunTest extends ClusterScenario {
    /** One of the two has all stages then, each twice on ranks of its own. */
    @Test
    void replicasGoOnExactlyWhereTheirCutWas() {
        plan = new PlanBuilder()
                .line(2, "chimera", 4)
                .train(PlanBuilder.data(240, 1))
                .test(PlanBuilder.data(13, 2))
                .epochs(2)
                .build()
                .over(SLOW);
        startNodes(2);

        assertALostNodeChangesNothing();
    }

    /** Two copies of a whole network, one on each of the two nodes: the one that is left has both then. */
    @Test
    void copiesSideBySideGoOnExactlyWhereTheirCutWas() {
        plan = new PlanBuilder()
                .schedule(Replication.of(Schedules.generate("1f1b", 1, 2), 2))
                .train(PlanBuilder.data(240, 1))
                .test(PlanBuilder.data(13, 2))
                .epochs(2)
                .build()
                .over(SLOW);
        startNodes(2);

        assertALostNodeChangesNothing();
    }

    /** The node is lost while the stream, beyond the end of an epoch, is evaluated: all of it is done again. */
    @Test
    void aStreamGoesOnExactlyWhereItsCutWas() {
        plan = new PlanBuilder()
                .line(2, "1f1b", 4)
                .train(PlanBuilder.data(240, 1))
                .test(PlanBuilder.data(240, 2))
                .epochs(3)
                .build()
                .streamed(new StreamSpec(2, 3, 0, WeightPolicy.STASH))
                .over(SLOW);
        Recorder undisturbed = Recorder.ofEvents();
        RunResult reference = ReferenceRun.of(plan, undisturbed).run();
        startNodes(3);

        RunResult outcome = trainLosing(2, step -> step > 30L * (epochs().size() + 1), () -> hosting(0));

        assertThat(placements()).hasSizeGreaterThan(1);
        assertThat(outcome.weightsSha256()).isEqualTo(reference.weightsSha256());
        assertThat(epochs())
                .extracting(EpochEnd::step, EpochEnd::loss, EpochEnd::evaluations)
                .isEqualTo(undisturbed.events(EpochEnd.class).stream()
                        .map(end -> tuple(end.step(), end.loss(), end.evaluations()))
                        .toList());
    }

    private List<EpochEnd> epochs() {
        synchronized (events) {
            return events.stream()
                    .filter(EpochEnd.class::isInstance)
                    .map(EpochEnd.class::cast)
                    .toList();
        }
    }

    private void assertALostNodeChangesNothing() {
        RunResult outcome = trainLosing(2, step -> step > 15, () -> 0);

        assertThat(outcome.weightsSha256()).isEqualTo(expected());
    }

    @Test
    void aRateThatFellAndTheBestWeightsSurviveTheLossOfAWorker() {
        plan = new PlanBuilder()
                .optimizer(new Sgd(0.9, 0.5))
                .train(PlanBuilder.data(4_800, 1))
                .validation(PlanBuilder.data(13, 9))
                .line(2, "1f1b", 2)
                .epochs(12)
                .build()
                .watching(new Watching(Optional.of(4), true, Optional.of(new Plateau(0.5, 0, 0.05, true, 0, 0, 1e-8))));
        RunResult reference = ReferenceRun.of(plan, TrainingListener.SILENT).run();
        assertThat(reference.stepOfWeights())
                .as("the best epoch is not the last")
                .isLessThan(reference.steps());
        startNodes(3);

        RunResult outcome = trainLosing(2, step -> step > reference.stepOfWeights(), () -> hosting(0));

        assertThat(placements()).hasSizeGreaterThan(1);
        assertThat(outcome.weightsSha256()).isEqualTo(reference.finalState().weightsSha256());
        assertThat(outcome.steps()).isEqualTo(reference.steps());
        assertThat(outcome.reason()).isEqualTo(reference.reason());
        assertThat(outcome.stepOfWeights()).isEqualTo(reference.stepOfWeights());
        assertThat(validationAccuracy(outcome)).isEqualTo(validationAccuracy(reference));
    }

    private static double validationAccuracy(RunResult result) {
        return Objects.requireNonNull(result.evaluations().get("validation")).accuracy();
    }
}
