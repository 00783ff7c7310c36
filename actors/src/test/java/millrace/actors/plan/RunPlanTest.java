package millrace.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import millrace.nn.data.Dataset;
import millrace.nn.model.Partition;
import millrace.schedule.Schedules;
import millrace.schedule.order.Flushed;
import org.junit.jupiter.api.Test;

class RunPlanTest {
    private static final RunPlan PLAN = new PlanBuilder().line(2, "gpipe", 4).build();

    @Test
    void partitionAndScheduleHaveTheSameStages() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> replaced(Partition.whole(PlanBuilder.MODEL), 4, 1))
                .withMessage("stages: 1 (expected: 2, as the schedule gpipe has)");
    }

    @Test
    void batchAndScheduleHaveTheSameMicroBatches() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> replaced(PLAN.partition(), 2, 1))
                .withMessage("micro-batches: 4 (expected: 2, as the schedule gpipe has)");
    }

    @Test
    void atLeastOneThreadComputes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> replaced(PLAN.partition(), 4, 0))
                .withMessage("compute threads: 0 (expected: 1 or more)");
    }

    private static RunPlan replaced(Partition partition, int microBatches, int computeThreads) {
        return new RunPlan(
                PLAN.spec(),
                partition,
                new Flushed(Schedules.generate("gpipe", 2, microBatches)),
                PLAN.data(),
                PLAN.limits(),
                PLAN.watching().patience(),
                computeThreads,
                PLAN.start());
    }

    @Test
    void earlyStoppingNeedsPatience() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PlanBuilder().earlyStopping(0).build())
                .withMessage("early stopping: 0 epochs without improvement (expected: 1 or more)");
    }

    @Test
    void limitsBelowWhatMakesSenseAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RunPlan.Limits(0, 0))
                .withMessage("epochs: 0, steps: 0 (expected: 1 or more epochs, 0 or more steps)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RunPlan.Limits(1, -1))
                .withMessage("epochs: 1, steps: -1 (expected: 1 or more epochs, 0 or more steps)");
    }

    @Test
    void evaluatedSetsComeByNameValidationFirst() {
        Dataset train = PlanBuilder.data(4, 1);
        Dataset validation = PlanBuilder.data(4, 2);
        Dataset test = PlanBuilder.data(4, 3);

        assertThat(new TrainingData(train, validation, test).evaluated().keySet())
                .containsExactly("validation", "test");
        assertThat(new TrainingData(train, null, test).evaluated()).containsOnlyKeys("test");
        assertThat(TrainingData.of(train).evaluated()).isEmpty();
    }

    @Test
    void anEmptySetCannotBeEvaluated() {
        Dataset train = PlanBuilder.data(4, 1);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TrainingData(train, train.slice(0, 0), null))
                .withMessage("validation set random-classes: 0 samples (expected: 1 or more); leave it out");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TrainingData(train, null, train.slice(0, 0)))
                .withMessage("test set random-classes: 0 samples (expected: 1 or more); leave it out");
    }
}
