package millrace.actors.jobs;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import millrace.actors.cluster.ActorId;
import millrace.actors.cluster.ClientProtocol;
import millrace.actors.cluster.ClientProtocol.End;
import millrace.actors.cluster.RunOrder;
import millrace.actors.event.TrainingEvent;
import millrace.actors.jobs.JobFact.BooksRead;
import millrace.actors.jobs.JobFact.CancelAsked;
import millrace.actors.jobs.JobFact.JobRead;
import millrace.actors.jobs.JobFact.RunCrashed;
import millrace.actors.jobs.JobFact.RunOver;
import millrace.actors.jobs.JobFact.RunTold;
import millrace.actors.jobs.JobFact.Submitted;
import millrace.actors.jobs.JobFact.Tick;
import millrace.actors.jobs.JobFact.WorkerHeard;
import millrace.actors.jobs.JobFact.WorkerLeaving;
import millrace.actors.jobs.JobFact.WorkerLost;
import millrace.actors.jobs.JobFact.WorkersRegistered;
import millrace.actors.jobs.JobOrder.AskWorker;
import millrace.actors.jobs.JobOrder.ForgetRun;
import millrace.actors.jobs.JobOrder.GiveWorkers;
import millrace.actors.jobs.JobOrder.InterruptRun;
import millrace.actors.jobs.JobOrder.Keep;
import millrace.actors.jobs.JobOrder.ReleaseWorker;
import millrace.actors.jobs.JobOrder.StartRun;
import millrace.actors.jobs.JobOrder.StopRun;
import millrace.actors.jobs.JobOrder.TellEnd;
import millrace.actors.jobs.JobOrder.TellLeaving;
import millrace.actors.jobs.JobOrder.WatchWorker;

/**
 * Decides which jobs of a cluster have which workers. It knows no actors, no threads and no clock: it is told facts, one after
 * the other, and answers each with orders, as {@code Recovery} does for one run.
 *
 * <p>A worker is given to one run at most. A run takes as many workers as its order says. Free workers go first to runs that are
 * under way and have lost some, then to those that wait, as {@link Turns} says. Where nothing is under way the first one begins with
 * the workers that there are, and its coordinator waits for others as long as it has patience.
 *
 * <p>A manager that is made anew decides nothing before it has read the books and heard the workers ({@link Settling}): a worker that
 * knows a run has it, and a run that was under way goes on.
 */
final class JobQueue {
    static final long ASK_AGAIN = 1000;

    private final Settling settling;
    private final WorkerPool workers = new WorkerPool();
    private final JobList jobs = new JobList();
    // runs that have a coordinator: steps that it was heard to have made
    private final SequencedMap<String, Long> underWay = new LinkedHashMap<>();
    // why a run that is under way, or was, is to end
    private final Map<String, String> stopping = new HashMap<>();
    private final Crashes crashes = new Crashes();
    private final List<JobOrder> orders = new ArrayList<>();
    private long askAgainAt;

    /**
     * Knows nothing yet.
     *
     * @param now in milliseconds since 1970
     */
    JobQueue(long now) {
        this.settling = new Settling(now);
        this.askAgainAt = now;
    }

    /** Whether it has heard what there is: before that nobody should be answered. */
    boolean isSettled() {
        return settling.isOver();
    }

    /**
     * Takes note of something.
     *
     * @return what is to be done about it, in this order
     */
    List<JobOrder> on(JobFact fact, long now) {
        orders.clear();
        switch (fact) {
            case Tick() -> {}
            case WorkersRegistered(var all) -> {
                settling.workersKnown();
                workers.registered(all);
                ask(now);
            }
            case WorkerHeard(ActorId worker, var known) -> workerHeard(worker, known, now);
            case WorkerLost(ActorId worker) -> workerLost(worker, now);
            case WorkerLeaving(ActorId worker) -> workerLeaving(worker);
            case JobRead(JobRecord job) -> jobRead(job);
            case BooksRead() -> settling.booksRead();
            case Submitted(RunOrder order, JobTerms terms) -> {
                if (jobs.find(order.id()).isEmpty()) {
                    keep(JobRecord.queued(order, terms, jobs.nextNumber(), now));
                }
            }
            case CancelAsked(String name) -> cancel(name, "cancelled", now);
            case RunTold(String name, TrainingEvent event) -> told(name, event, now);
            case RunOver(End end) -> over(end, now);
            case RunCrashed(String name, String reason) -> crashed(name, reason, now);
        }
        timePassed(now);
        if (settling.isOver()) {
            giveToThoseThatLost();
            admit(now);
        }
        return List.copyOf(orders);
    }

    /** When it has to be told that time has passed; empty when it waits for facts only. */
    OptionalLong deadline(long now) {
        return Stream.of(
                        settling.end(),
                        workers.unheard().isEmpty() ? LongStream.empty() : LongStream.of(askAgainAt),
                        limited().flatMapToLong(job -> job.endOfTime().stream()),
                        crashes.ends(now))
                .flatMapToLong(times -> times)
                .min();
    }

    /** Those whose time runs: they have begun, and nobody ends them yet. */
    private Stream<JobRecord> limited() {
        return jobs.open().filter(job -> job.isBegun() && !stopping.containsKey(job.name()));
    }

    private void timePassed(long now) {
        if (now >= askAgainAt) {
            ask(now);
        }
        settling.heard(now, workers.unheard().isEmpty()).forEach(claim -> claimed(claim.order(), claim.holders(), now));
        List<JobRecord> late = limited()
                .filter(job -> job.endOfTime().stream().anyMatch(end -> now >= end))
                .toList();
        late.forEach(job -> cancel(job.name(), job.terms().timeIsOver(), now));
    }

    // ---- workers

    private void ask(long now) {
        workers.unheard().forEach(worker -> orders.add(new AskWorker(worker)));
        askAgainAt = now + ASK_AGAIN;
    }

    private void workerHeard(ActorId worker, Optional<RunOrder> known, long now) {
        if (workers.heard(worker)) {
            orders.add(new WatchWorker(worker));
        }
        if (known.isPresent() && workers.userOf(worker).isEmpty()) {
            RunOrder order = known.get();
            if (settling.isOver()) {
                claimed(order, Set.of(worker), now);
            } else {
                settling.claimed(order, worker);
            }
        }
    }

    /** These workers know a run: it was under way when the manager before this one was lost, or they have missed its end. */
    private void claimed(RunOrder order, Collection<ActorId> holders, long now) {
        String name = order.id();
        Optional<JobRecord> job = jobs.find(name);
        if (job.isPresent() && job.get().state().isFinal()) {
            holders.forEach(worker -> orders.add(new ForgetRun(worker, name)));
            return;
        }
        if (job.isEmpty()) {
            keep(JobRecord.queued(order, JobTerms.USUAL, jobs.nextNumber(), now));
        }
        List<ActorId> free = workers.free();
        List<ActorId> taken = holders.stream()
                .filter(free::contains)
                .limit(Math.max(0, order.workers() - workers.staying(name)))
                .toList();
        if (!underWay.containsKey(name)) {
            start(name, taken, JobState.RECOVERING, now);
        } else if (!taken.isEmpty()) {
            give(name, taken);
        }
    }

    private void workerLost(ActorId worker, long now) {
        settling.lost(worker);
        workers.lost(worker).ifPresent(name -> {
            orders.add(new GiveWorkers(name, workers.of(name)));
            // its coordinator would wait in vain: the others have what it needs
            if (workers.of(name).isEmpty() && workers.free().isEmpty() && underWay.size() > 1) {
                stop(name);
                keep(jobs.existing(name).in(JobState.RECOVERING, now));
            }
        });
    }

    private void workerLeaving(ActorId worker) {
        workers.leaves(worker);
        orders.add(workers.userOf(worker)
                .<JobOrder>map(name -> new TellLeaving(name, worker))
                .orElseGet(() -> new ReleaseWorker(worker)));
    }

    private void give(String name, List<ActorId> more) {
        more.forEach(worker -> workers.give(worker, name));
        orders.add(new GiveWorkers(name, workers.of(name)));
    }

    // ---- jobs

    private void keep(JobRecord job) {
        jobs.put(job);
        orders.add(new Keep(job));
    }

    /**
     * Of two records the newer one counts. But what is over here is over, and a run that is under way here is known better than a book
     * does, unless it is over: then books are told something newer than what they have, or they would not take what comes next.
     */
    private void jobRead(JobRecord read) {
        Optional<JobRecord> known = jobs.find(read.name());
        boolean runs = underWay.containsKey(read.name());
        if (known.filter(job -> job.version() >= read.version()).isPresent()) {
            return;
        }
        Optional<JobRecord> better = known.filter(
                job -> job.state().isFinal() || (runs && !read.state().isFinal()));
        if (better.isPresent()) {
            keep(better.get().newerThan(read));
        } else {
            jobs.put(read);
            if (runs) {
                stop(read.name());
                forgotten(read.name());
                read.end().ifPresent(end -> orders.add(new TellEnd(end)));
            }
        }
        jobs.forgetOld();
    }

    private void cancel(String name, String why, long now) {
        JobRecord job = jobs.find(name).orElse(null);
        if (job == null || job.state().isFinal()) {
            return;
        }
        boolean first = stopping.putIfAbsent(name, why) == null;
        if (underWay.containsKey(name)) {
            if (first) {
                orders.add(new InterruptRun(name));
            }
        } else {
            String place = job.isBegun() ? " while it waited for workers" : " before it was under way";
            finish(job, JobState.CANCELLED, new ClientProtocol.Failed(name, why + place, false), why, now);
        }
    }

    private void told(String name, TrainingEvent event, long now) {
        if (!underWay.containsKey(name)) {
            return;
        }
        jobs.existing(name).hearing(event, now).ifPresent(this::keep);
        if (event instanceof TrainingEvent.Step made) {
            underWay.put(name, made.step());
        }
    }

    private void over(End end, long now) {
        JobRecord job = jobs.find(end.runId()).orElse(null);
        if (job == null || !underWay.containsKey(end.runId())) {
            return;
        }
        String why = stopping.getOrDefault(end.runId(), "");
        JobState last = JobState.after(end, !why.isEmpty());
        stop(end.runId());
        finish(job, last, end, last == JobState.CANCELLED ? why : "", now);
    }

    private void finish(JobRecord job, JobState last, End end, String why, long now) {
        stopping.remove(job.name());
        crashes.forget(job.name());
        keep(job.over(last, end, why, now));
        forgotten(job.name());
        orders.add(new TellEnd(end));
        jobs.forgetOld();
    }

    /** Those that a run had once, or whose coordinator could not tell them, may still remember it. */
    private void forgotten(String name) {
        workers.all().forEach(worker -> orders.add(new ForgetRun(worker, name)));
    }

    private void crashed(String name, String reason, long now) {
        if (!underWay.containsKey(name)) {
            return;
        }
        if (!crashes.mayTryAgainAfter(name, now)) {
            over(new ClientProtocol.Failed(name, "coordinator: " + reason, false), now);
            return;
        }
        stop(name);
        keep(jobs.existing(name).in(JobState.RECOVERING, now));
    }

    // ---- who is next

    private void start(String name, List<ActorId> taken, JobState state, long now) {
        taken.forEach(worker -> workers.give(worker, name));
        underWay.put(name, 0L);
        keep(jobs.existing(name).started(state, now));
        orders.add(new StartRun(jobs.existing(name).order(), workers.of(name)));
        if (stopping.containsKey(name)) {
            orders.add(new InterruptRun(name));
        }
    }

    private void stop(String name) {
        underWay.remove(name);
        workers.takeFrom(name);
        orders.add(new StopRun(name));
    }

    /** Runs that are under way and have too few workers take free ones, which they use at their next recovery. */
    private void giveToThoseThatLost() {
        underWay.keySet().stream().map(jobs::existing).sorted(Turns.WAITING).forEach(job -> {
            int missing = job.order().workers() - workers.staying(job.name());
            List<ActorId> more =
                    workers.free().stream().limit(Math.max(0, missing)).toList();
            if (!more.isEmpty()) {
                give(job.name(), more);
            }
        });
    }

    private List<JobRecord> waiting() {
        return jobs.open()
                .filter(job -> !underWay.containsKey(job.name()))
                .sorted(Turns.WAITING)
                .toList();
    }

    private void admit(long now) {
        Optional<JobRecord> next = next(now);
        while (next.isPresent()) {
            JobRecord job = next.get();
            List<ActorId> taken =
                    workers.free().stream().limit(job.order().workers()).toList();
            start(job.name(), taken, job.isBegun() ? JobState.RECOVERING : JobState.RUNNING, now);
            if (!job.isBegun()) {
                waiting().stream()
                        .filter(other -> !other.isBegun() && other.number() < job.number())
                        .forEach(other -> keep(other.passed()));
            }
            next = next(now);
        }
    }

    private Optional<JobRecord> next(long now) {
        return Turns.next(
                waiting(), workers.free().size(), underWay.isEmpty(), job -> crashes.isPaused(job.name(), now));
    }

    // ---- what others may know

    /** A job by its name. */
    Optional<JobRecord> job(String name) {
        return jobs.find(name);
    }

    /** All jobs, in the order in which they were submitted. */
    List<JobRecord> all() {
        return jobs.all();
    }

    /** The workers that a job has. */
    Set<ActorId> workersOf(String name) {
        return workers.of(name);
    }

    /** Optimizer steps that a job was heard to have made. */
    long step(JobRecord job) {
        return job.endStep().orElse(underWay.getOrDefault(job.name(), 0L));
    }

    /** How many jobs that wait are looked at before this one; 0 for one that does not wait. */
    int before(JobRecord job) {
        return Math.max(0, waiting().indexOf(job));
    }
}
