package millrace.actors.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import millrace.actors.cluster.ActorId;
import millrace.actors.cluster.RunOrder;
import millrace.actors.event.RunResult.Reason;
import org.junit.jupiter.api.Test;

/**
 * Random histories: jobs are submitted, cancelled, end and fail; workers come, leave and die; the manager is made anew. Whatever
 * happens, no worker is in two runs, nobody who fits is left behind one that comes after it, nobody is overtaken too often, and
 * every job ends once.
 */
class JobQueueWalkTest {
    private static final int HISTORIES = 2_000;

    @Test
    void everyHistoryEndsWell() {
        int ended = 0;
        int overtaken = 0;
        for (long seed = 1; seed <= HISTORIES; seed++) {
            World world = new World(seed);
            try {
                world.play();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage() + "\n" + world.tail(), e);
            }
            ended += world.ends.size();
            overtaken = Math.max(overtaken, world.mostOvertaken());
        }
        assertThat(ended).isGreaterThan(HISTORIES);
        // it was tried: some wait as long as the rule allows
        assertThat(overtaken).isEqualTo(Turns.MOST_OVERTAKEN);
    }

    /** What is true, beside what the queue believes. */
    private static final class World {
        final Random random;
        final List<String> log = new ArrayList<>();
        final Map<String, Integer> ends = new HashMap<>();
        final Map<String, Set<ActorId>> running = new LinkedHashMap<>();
        final Set<ActorId> workers = new LinkedHashSet<>();
        final Map<ActorId, RunOrder> remembered = new HashMap<>();
        final Map<String, JobRecord> book = new LinkedHashMap<>();
        final Map<String, Integer> overtaken = new HashMap<>();
        final Set<String> begun = new HashSet<>();
        final Set<String> interrupted = new HashSet<>();
        final int small;
        JobQueue queue = new JobQueue(1);
        long now = 1;
        int names;

        World(long seed) {
            random = new Random(seed);
            small = 1 + random.nextInt(4);
        }

        void play() {
            on(new JobFact.BooksRead());
            for (int i = 0; i < 60; i++) {
                happen();
            }
            // from now on everything comes to its end
            if (workers.isEmpty()) {
                comes();
            }
            for (int i = 0;
                    i < 500 && queue.all().stream().anyMatch(job -> !job.state().isFinal());
                    i++) {
                now += 2_000;
                on(new JobFact.Tick());
                if (!running.isEmpty()) {
                    ends(running.keySet().iterator().next(), true);
                }
            }
            assertThat(queue.all()).allMatch(job -> job.state().isFinal());
            assertThat(ends.keySet()).hasSize(names);
            assertThat(ends.values()).allMatch(times -> times == 1);
        }

        private void happen() {
            now += random.nextInt(400);
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> submit();
                case 4, 5, 6 -> any(running.keySet()).ifPresent(name -> ends(name, random.nextInt(5) > 0));
                case 7, 8 -> {
                    if (workers.size() < small) {
                        comes();
                    } else {
                        on(new JobFact.Tick());
                    }
                }
                case 9 -> any(workers).ifPresent(this::goes);
                case 10 -> any(book.keySet()).ifPresent(name -> on(new JobFact.CancelAsked(name)));
                default -> {
                    switch (random.nextInt(4)) {
                        case 0 -> any(workers).ifPresent(worker -> on(new JobFact.WorkerLeaving(worker)));
                        case 1 -> any(running.keySet()).ifPresent(name -> on(new JobFact.RunCrashed(name, "bug")));
                        case 2 -> makeAnew();
                        default -> on(new JobFact.Tick());
                    }
                }
            }
        }

        private <T> Optional<T> any(Set<T> all) {
            return all.stream()
                    .skip(all.isEmpty() ? 0 : random.nextInt(all.size()))
                    .findFirst();
        }

        private void submit() {
            names++;
            Optional<Duration> time =
                    random.nextInt(8) == 0 ? Optional.of(Duration.ofMillis(1 + random.nextInt(900))) : Optional.empty();
            on(new JobFact.Submitted(
                    Orders.of("job" + names, 1 + random.nextInt(small + 1)), new JobTerms(random.nextInt(3), time, 0)));
        }

        private void ends(String name, boolean well) {
            on(new JobFact.RunOver(
                    well
                            ? Orders.ended(name, interrupted.contains(name) ? Reason.INTERRUPTED : Reason.COMPLETED)
                            : Orders.failed(name)));
        }

        private void comes() {
            ActorId worker = new ActorId("worker" + random.nextInt(1_000_000));
            workers.add(worker);
            on(new JobFact.WorkersRegistered(Set.copyOf(workers)));
            on(new JobFact.WorkerHeard(worker, Optional.empty()));
        }

        private void goes(ActorId worker) {
            workers.remove(worker);
            remembered.remove(worker);
            running.values().forEach(had -> had.remove(worker));
            on(new JobFact.WorkerLost(worker));
            on(new JobFact.WorkersRegistered(Set.copyOf(workers)));
        }

        /** All coordinators go with the manager; workers and books stay, and answer in any order. */
        private void makeAnew() {
            log.add("manager made anew");
            running.clear();
            interrupted.clear();
            queue = new JobQueue(now);
            List<Runnable> answers = new ArrayList<>();
            answers.add(() -> {
                List.copyOf(book.values()).forEach(job -> on(new JobFact.JobRead(job)));
                on(new JobFact.BooksRead());
            });
            answers.add(() -> on(new JobFact.WorkersRegistered(Set.copyOf(workers))));
            workers.forEach(worker -> answers.add(
                    () -> on(new JobFact.WorkerHeard(worker, Optional.ofNullable(remembered.get(worker))))));
            Collections.shuffle(answers, random);
            answers.forEach(Runnable::run);
        }

        private void on(JobFact fact) {
            log.add(now + " " + fact);
            boolean decides = queue.isSettled();
            Map<String, JobRecord> before = new LinkedHashMap<>(book);
            for (JobOrder order : queue.on(fact, now)) {
                log.add("    " + order);
                carryOut(order, decides && !(fact instanceof JobFact.WorkerHeard), before);
            }
            check();
            assertThat(queue.deadline(now).orElse(Long.MAX_VALUE))
                    .as("deadline")
                    .isGreaterThan(now);
        }

        private void carryOut(JobOrder order, boolean byTheRules, Map<String, JobRecord> before) {
            switch (order) {
                case JobOrder.StartRun(RunOrder run, var given) -> {
                    assertThat(running).as("coordinators").doesNotContainKey(run.id());
                    if (byTheRules) {
                        fair(noted(run.id()), given);
                    }
                    running.put(run.id(), new LinkedHashSet<>(given));
                    begun.add(run.id());
                    given.forEach(worker -> remembered.put(worker, run));
                }
                case JobOrder.GiveWorkers(String name, var given) -> {
                    running.put(name, new LinkedHashSet<>(given));
                    given.forEach(worker -> remembered.put(worker, noted(name).order()));
                }
                case JobOrder.StopRun(String name) -> running.remove(name);
                case JobOrder.InterruptRun(String name) -> {
                    assertThat(running).containsKey(name);
                    interrupted.add(name);
                }
                case JobOrder.Keep(JobRecord job) -> {
                    JobRecord known = before.get(job.name());
                    assertThat(known == null || known.version() < job.version()).isTrue();
                    assertThat(known != null && known.state().isFinal())
                            .as("after its end")
                            .isFalse();
                    book.put(job.name(), job);
                }
                case JobOrder.TellEnd(var end) -> ends.merge(end.runId(), 1, Integer::sum);
                case JobOrder.ForgetRun(ActorId worker, String name) ->
                    remembered.computeIfPresent(worker, (_, run) -> run.id().equals(name) ? null : run);
                case JobOrder.AskWorker _,
                        JobOrder.WatchWorker _,
                        JobOrder.TellLeaving _,
                        JobOrder.ReleaseWorker _ -> {}
            }
        }

        private JobRecord noted(String name) {
            return Objects.requireNonNull(book.get(name), name);
        }

        /** Nobody that was before it in the order could have had these workers. */
        private void fair(JobRecord job, Set<ActorId> given) {
            for (JobRecord other : book.values()) {
                boolean waits = !other.state().isFinal() && !running.containsKey(other.name()) && !other.equals(job);
                if (waits
                        && other.startedAt() == 0
                        && job.order().workers() >= other.order().workers()) {
                    boolean higher = other.terms().priority() > job.terms().priority();
                    boolean older = other.number() < job.number();
                    boolean same = other.terms().priority() == job.terms().priority();
                    assertThat(job.overtaken() < Turns.MOST_OVERTAKEN
                                    && !begun.contains(job.name())
                                    && given.size() >= other.order().workers()
                                    && (higher || (same && older)))
                            .as("%s begins although %s fits and comes before it", job, other)
                            .isFalse();
                }
                if (waits && !begun.contains(job.name()) && other.startedAt() == 0 && other.number() < job.number()) {
                    assertThat(overtaken.merge(other.name(), 1, Integer::sum))
                            .as("%s overtaken", other.name())
                            .isLessThanOrEqualTo(Turns.MOST_OVERTAKEN);
                }
            }
        }

        private void check() {
            Set<ActorId> seen = new HashSet<>();
            running.forEach((name, given) -> {
                assertThat(queue.workersOf(name)).as(name).isEqualTo(given);
                given.forEach(worker -> assertThat(seen.add(worker))
                        .as("%s in two runs", worker)
                        .isTrue());
                assertThat(workers).containsAll(given);
            });
        }

        int mostOvertaken() {
            return overtaken.values().stream().mapToInt(times -> times).max().orElse(0);
        }

        String tail() {
            return String.join("\n", log.subList(Math.max(0, log.size() - 40), log.size()));
        }
    }
}
