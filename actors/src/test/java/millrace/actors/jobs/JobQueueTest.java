package millrace.actors.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import millrace.actors.cluster.ActorId;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent;
import millrace.actors.jobs.JobOrder.StartRun;
import org.junit.jupiter.api.Test;

/** What a queue does about each thing that happens. */
class JobQueueTest {
    private static final ActorId ONE = new ActorId("one");
    private static final ActorId TWO = new ActorId("two");
    private static final ActorId THREE = new ActorId("three");

    private static final long START = 1_000;

    private final List<JobOrder> orders = new ArrayList<>();
    private JobQueue queue = new JobQueue(START);
    private long now = START;

    private List<JobOrder> on(JobFact... facts) {
        orders.clear();
        for (JobFact fact : facts) {
            orders.addAll(queue.on(fact, now));
        }
        return orders;
    }

    private void workers(ActorId... workers) {
        on(new JobFact.BooksRead(), new JobFact.WorkersRegistered(Set.of(workers)));
        for (ActorId worker : workers) {
            on(new JobFact.WorkerHeard(worker, Optional.empty()));
        }
    }

    private JobFact submitted(String name, int workers, int priority) {
        return new JobFact.Submitted(Orders.of(name, workers), Orders.priority(priority));
    }

    private static JobFact finished(String name) {
        return new JobFact.RunOver(Orders.ended(name, Reason.COMPLETED));
    }

    private List<String> started() {
        return orders.stream()
                .filter(StartRun.class::isInstance)
                .map(order -> ((StartRun) order).run().id())
                .toList();
    }

    private JobState state(String name) {
        return queue.job(name).orElseThrow().state();
    }

    @Test
    void twoRunsAtATimeWhereThereAreWorkersForTwo() {
        workers(ONE, TWO, THREE);

        on(submitted("a", 1, 0), submitted("b", 2, 0), submitted("c", 1, 0));

        assertThat(started()).containsExactly("a", "b");
        assertThat(queue.workersOf("a")).hasSize(1);
        assertThat(queue.workersOf("b")).hasSize(2).doesNotContainAnyElementsOf(queue.workersOf("a"));
        assertThat(state("c")).isEqualTo(JobState.QUEUED);
        assertThat(queue.before(queue.job("c").orElseThrow())).isZero();

        on(finished("b"));

        assertThat(started()).containsExactly("c");
        assertThat(state("b")).isEqualTo(JobState.FINISHED);
    }

    @Test
    void theLargestPriorityComesFirstAndThenTheOldest() {
        workers(ONE);
        on(submitted("a", 1, 0), submitted("low", 1, -1), submitted("b", 1, 5), submitted("c", 1, 5));

        on(finished("a"));
        assertThat(started()).containsExactly("b");
        on(finished("b"));
        assertThat(started()).containsExactly("c");
        on(finished("c"));
        assertThat(started()).containsExactly("low");
    }

    @Test
    void smallRunsPassALargeOneUntilItIsItsTurn() {
        workers(ONE, TWO, THREE);
        on(submitted("first", 1, 0), submitted("large", 3, 0));
        int passed = 0;
        String last = "first";
        for (int i = 0; i < 2 * Turns.MOST_OVERTAKEN; i++) {
            on(submitted("small" + i, 1, 9));
            passed += started().size();
            if (started().isEmpty()) {
                break;
            }
            // there is always one under way
            on(finished(last));
            last = "small" + i;
        }
        assertThat(passed).isEqualTo(Turns.MOST_OVERTAKEN);

        on(finished(last));

        assertThat(started()).containsExactly("large");
    }

    @Test
    void whereNothingIsUnderWayTheFirstBeginsWithWhatThereIs() {
        workers(ONE);

        on(submitted("large", 3, 0));
        assertThat(started()).containsExactly("large");

        on(new JobFact.WorkersRegistered(Set.of(ONE, TWO)), new JobFact.WorkerHeard(TWO, Optional.empty()));
        assertThat(orders).contains(new JobOrder.GiveWorkers("large", Set.of(ONE, TWO)));
    }

    @Test
    void oneThatWaitsIsCancelledAtOnceAndOneUnderWayWhenItHasEnded() {
        workers(ONE);
        on(submitted("a", 1, 0), submitted("b", 1, 0));

        on(new JobFact.CancelAsked("b"));
        assertThat(state("b")).isEqualTo(JobState.CANCELLED);
        assertThat(orders)
                .anyMatch(JobOrder.TellEnd.class::isInstance)
                .noneMatch(JobOrder.InterruptRun.class::isInstance);

        on(new JobFact.CancelAsked("a"), new JobFact.CancelAsked("a"));
        assertThat(orders).containsExactly(new JobOrder.InterruptRun("a"));
        on(new JobFact.RunOver(Orders.ended("a", Reason.INTERRUPTED)));
        assertThat(state("a")).isEqualTo(JobState.CANCELLED);
        assertThat(queue.job("a").orElseThrow().reason()).isEqualTo("cancelled");
        assertThat(queue.step(queue.job("a").orElseThrow())).isEqualTo(12);
    }

    @Test
    void aRunThatFailsSaysWhy() {
        workers(ONE);
        on(submitted("a", 1, 0), new JobFact.RunOver(Orders.failed("a")));

        assertThat(state("a")).isEqualTo(JobState.FAILED);
        assertThat(queue.job("a").orElseThrow().end()).contains(Orders.failed("a"));
        assertThat(orders).contains(new JobOrder.TellEnd(Orders.failed("a")), new JobOrder.StopRun("a"));
    }

    @Test
    void aLostWorkerIsReplacedByAFreeOneBeforeOthersBegin() {
        workers(ONE, TWO);
        on(submitted("a", 2, 0), submitted("b", 1, 7));

        on(new JobFact.WorkerLost(TWO));
        assertThat(orders).contains(new JobOrder.GiveWorkers("a", Set.of(ONE)));
        on(new JobFact.RunTold("a", new TrainingEvent.Recovering("lost")));
        assertThat(state("a")).isEqualTo(JobState.RECOVERING);
        on(new JobFact.WorkersRegistered(Set.of(ONE, THREE)), new JobFact.WorkerHeard(THREE, Optional.empty()));

        assertThat(orders).contains(new JobOrder.GiveWorkers("a", Set.of(ONE, THREE)));
        assertThat(started()).isEmpty();
        on(new JobFact.RunTold("a", new TrainingEvent.Placed(2, 3, List.of(), 1)));
        assertThat(state("a")).isEqualTo(JobState.RUNNING);
    }

    @Test
    void aRunWithoutAnyWorkerWaitsBeforeAllOthers() {
        workers(ONE, TWO);
        on(submitted("a", 1, 0), submitted("b", 1, 0), submitted("c", 1, 9));

        ActorId lost = queue.workersOf("a").iterator().next();
        on(new JobFact.WorkerLost(lost));
        assertThat(orders).contains(new JobOrder.StopRun("a"));
        assertThat(state("a")).isEqualTo(JobState.RECOVERING);

        on(finished("b"));
        assertThat(started()).containsExactly("a");
    }

    @Test
    void aWorkerThatLeavesIsReplacedAndGetsNothingMore() {
        workers(ONE, TWO);
        on(submitted("a", 1, 0));
        ActorId leaving = queue.workersOf("a").iterator().next();
        ActorId other = leaving.equals(ONE) ? TWO : ONE;

        on(new JobFact.WorkerLeaving(leaving));
        assertThat(orders).contains(new JobOrder.TellLeaving("a", leaving));
        assertThat(queue.workersOf("a")).containsExactlyInAnyOrder(leaving, other);

        on(submitted("b", 1, 0));
        assertThat(started()).isEmpty();
        on(new JobFact.WorkerLeaving(other), finished("a"));
        assertThat(queue.workersOf("b")).isEmpty();
    }

    @Test
    void aNewManagerGoesOnWithWhatBooksAndWorkersKnow() {
        workers(ONE, TWO);
        on(submitted("over", 1, 0), finished("over"), submitted("a", 1, 0), submitted("b", 1, 0), submitted("c", 1, 3));
        List<JobRecord> book = queue.all();
        ActorId holder = queue.workersOf("b").iterator().next();
        ActorId free = holder.equals(ONE) ? TWO : ONE;

        queue = new JobQueue(START);
        on(new JobFact.WorkersRegistered(Set.of(ONE, TWO)), submitted("d", 1, 0));
        book.forEach(job -> on(new JobFact.JobRead(job)));
        on(new JobFact.WorkerHeard(holder, Optional.of(Orders.of("b", 1))));
        on(new JobFact.BooksRead());
        assertThat(queue.isSettled()).isFalse();
        on(new JobFact.WorkerHeard(free, Optional.of(Orders.of("over", 1))));

        assertThat(queue.isSettled()).isTrue();
        assertThat(orders).contains(new JobOrder.ForgetRun(free, "over"));
        // b has its worker still, a had one and comes before those that never had any
        assertThat(started()).containsExactly("b", "a");
        assertThat(queue.workersOf("b")).containsExactly(holder);
        assertThat(state("a")).isEqualTo(JobState.RECOVERING);
        assertThat(state("over")).isEqualTo(JobState.FINISHED);
        on(finished("a"));
        assertThat(started()).containsExactly("c");
    }

    /** A client may have asked again before a slow book was read: what books have is newer then, and they would keep that. */
    @Test
    void booksTakeWhatComesNextWhateverTheyHave() {
        workers(ONE);
        on(submitted("a", 1, 0));
        JobRecord late = queue.job("a").orElseThrow();
        for (int i = 0; i < 5; i++) {
            late = late.in(JobState.RECOVERING, now);
        }

        on(new JobFact.JobRead(late));
        JobRecord running = queue.job("a").orElseThrow();
        assertThat(running.state()).isEqualTo(JobState.RUNNING);
        assertThat(running.version()).isGreaterThan(late.version());
        assertThat(orders).containsExactly(new JobOrder.Keep(running));

        on(
                finished("a"),
                new JobFact.JobRead(running.in(JobState.RECOVERING, now).in(JobState.RUNNING, now)));
        JobRecord over = queue.job("a").orElseThrow();
        assertThat(over.state()).isEqualTo(JobState.FINISHED);
        assertThat(orders).last().isEqualTo(new JobOrder.Keep(over));
        assertThat(started()).isEmpty();
    }

    @Test
    void twoRunsOfOneNameAreTold() {
        workers(ONE);
        on(submitted("a", 1, 0));

        JobRecord job = queue.job("a").orElseThrow();
        assertThat(job.refusalOf(Orders.of("a", 1))).isEmpty();
        assertThat(job.refusalOf(Orders.of("a", 2)).orElseThrow())
                .startsWith("run: a (expected: a name of its own; the cluster has a job of that name, in /runs/a)");
    }

    /** A coordinator that has crashed for the last time can tell its workers nothing. */
    @Test
    void allWorkersForgetARunThatIsOver() {
        workers(ONE, TWO);
        on(submitted("a", 2, 0), finished("a"));

        assertThat(orders).contains(new JobOrder.ForgetRun(ONE, "a"), new JobOrder.ForgetRun(TWO, "a"));
    }

    @Test
    void oneThatHearsNothingBeginsAfterAWhile() {
        on(submitted("a", 1, 0));
        assertThat(started()).isEmpty();
        assertThat(queue.deadline(now)).hasValue(START + Settling.PATIENCE);
        now = START + Settling.PATIENCE;

        on(new JobFact.Tick());

        assertThat(started()).containsExactly("a");
    }

    @Test
    void theTimeOfAJobCountsFromItsBeginning() {
        workers(ONE);
        on(submitted("a", 1, 0));
        on(new JobFact.Submitted(Orders.of("b", 1), new JobTerms(0, Optional.of(Duration.ofSeconds(2)), 0)));
        now = 10_000;
        on(finished("a"));
        assertThat(started()).containsExactly("b");
        assertThat(queue.deadline(now)).hasValue(12_000);
        now = 12_000;

        on(new JobFact.Tick());
        assertThat(orders).containsExactly(new JobOrder.InterruptRun("b"));
        assertThat(queue.deadline(now)).isEmpty();
        on(new JobFact.RunOver(Orders.ended("b", Reason.INTERRUPTED)));
        assertThat(queue.job("b").orElseThrow().reason()).isEqualTo("limits.time: 2.0 s are over");
    }

    @Test
    void aCoordinatorThatFailsIsMadeAnewSomeTimes() {
        workers(ONE);
        on(submitted("a", 1, 0));
        for (int crash = 1; crash < Crashes.MOST; crash++) {
            on(new JobFact.RunCrashed("a", "bug"));
            assertThat(started()).isEmpty();
            assertThat(queue.deadline(now)).isPresent();
            now = queue.deadline(now).getAsLong();
            on(new JobFact.Tick());
            assertThat(started()).containsExactly("a");
        }
        on(new JobFact.RunCrashed("a", "bug"));

        assertThat(state("a")).isEqualTo(JobState.FAILED);
    }

    @Test
    void theOldestOfThoseThatAreOverAreForgotten() {
        workers(ONE);
        IntStream.rangeClosed(1, JobList.KEPT + 3).forEach(i -> {
            now++;
            on(submitted("job" + i, 1, 0), finished("job" + i));
        });

        assertThat(queue.all())
                .hasSize(JobList.KEPT)
                .first()
                .extracting(JobRecord::name)
                .isEqualTo("job4");
    }
}
