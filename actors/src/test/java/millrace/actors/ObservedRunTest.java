package millrace.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.observe.LineObserver;
import millrace.actors.observe.Observation;
import millrace.actors.observe.Observation.ObservedRank;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.ReferenceRun;
import millrace.actors.trace.FlightRecord;
import millrace.actors.trace.FlightRecord.Doing;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;

/** Looking at the ranks of a run while they work. */
class ObservedRunTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    /** Looks at every step that is told, until some ranks have been seen at work. */
    private static Observation seen(RunPlan plan, long steps) {
        LookingListener listener = new LookingListener();
        PipelineRun run = PipelineRun.start(plan, listener);
        LineObserver observer = run.observer().orElseThrow();
        Observation last = observer.look(LONG);
        while (listener.steps < steps) {
            listener.awaitStep();
            last = observer.look(LONG);
        }
        RunResult result = run.await();
        assertThat(result.weightsSha256())
                .isEqualTo(ReferenceRun.of(plan, _ -> {}).run().weightsSha256());
        return last;
    }

    private static final class LookingListener implements TrainingListener {
        private final BlockingQueue<Long> told = new LinkedBlockingQueue<>();
        private long steps;

        @Override
        public void onEvent(TrainingEvent event) {
            if (event instanceof TrainingEvent.Step step) {
                told.add(step.step());
            }
        }

        private void awaitStep() {
            try {
                steps = Objects.requireNonNull(told.poll(30, TimeUnit.SECONDS), "a step");
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void whatRanksDoIsSeenAndChangesNothing() {
        RunPlan plan = new PlanBuilder().line(2, "1f1b", 2).epochs(60).build();

        Observation seen = seen(plan, plan.lastStep() / 2);

        assertThat(seen.ranks()).extracting(rank -> rank.record().rank()).containsExactly(0, 1);
        for (ObservedRank rank : seen.ranks()) {
            FlightRecord record = rank.record();
            assertThat(rank.node()).isEmpty();
            assertThat(record.spans()).anyMatch(span -> span.doing() == Doing.ACTION);
            assertThat(record.spans()).allSatisfy(span -> {
                assertThat(span.end()).isGreaterThanOrEqualTo(span.start());
                assertThat(seen.now() - span.start()).isLessThan(LONG.toNanos());
            });
            assertThat(record.spans()).isSortedAccordingTo((a, b) -> Long.compare(a.end(), b.end()));
            assertThat(record.passages()).isNotEmpty();
            assertThat(record.totals().steps()).isPositive();
            assertThat(record.totals().busyNanos()).isPositive();
            assertThat(record.totals().sent()).containsOnlyKeys(1 - record.rank());
            assertThat(record.levels().allocatedBytes()).isPositive();
        }
    }

    @Test
    void ofAStreamItIsSeenHowStaleGradientsAre() {
        RunPlan plan = new PlanBuilder()
                .line(2, "1f1b", 2)
                .epochs(1_000_000)
                .build()
                .streamed(new StreamSpec(2, 1, 0, WeightPolicy.STASH));
        LookingListener listener = new LookingListener();
        PipelineRun run = PipelineRun.start(plan, listener);
        LineObserver observer = run.observer().orElseThrow();
        boolean stale = false;
        while (!stale && listener.steps < plan.lastStep()) {
            listener.awaitStep();
            stale = observer.look(LONG).ranks().stream()
                    .anyMatch(rank -> rank.record().levels().mostStale() == 1
                            && rank.record().spans().stream().anyMatch(span -> span.weights() != null));
        }
        run.interrupt();
        run.await();

        assertThat(stale).isTrue();
    }
}
