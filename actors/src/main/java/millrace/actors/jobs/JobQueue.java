package millrace.actors.jobs;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import millrace.actors.event.RunResult;
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
 * <p>The rules. A worker is given to one run at most. A run takes as many workers as its order says. Free workers go first to runs
 * that are under way and have lost some, then to those that wait, in this order: runs that were under way and have no worker
 * left; jobs whose turn it is, the oldest first; all others by priority, the oldest of the same priority first. A job that does
 * not fit is passed over by later ones that do. Nobody starves: each job that begins before one that was submitted earlier
 * overtakes it, and after {@link #MOST_OVERTAKEN} times it is that job's turn; none that comes after it begins before it has.
 * Where nothing is under way the first one begins with the workers that there are, and its coordinator waits for others as long as
 * it has patience.
 *
 * <p>A manager that is made anew decides nothing before it has read the books and heard the workers, or {@link #SETTLE} is over: a
 * worker that knows a run has it, and a run that was under way goes on.
 */
final class JobQueue {
    /** So often may others begin before a job that was submitted earlier. */
    static final int MOST_OVERTAKEN = 10;
    /** So many jobs that are over can be asked for; the oldest are forgotten. */
    static final int KEPT = 100;
    /** For books and workers to say what they know, in milliseconds. */
    static final long SETTLE = 1000;

    static final long ASK_AGAIN = 1000;
    static final int MOST_CRASHES = 5;

    private static final long CRASH_PAUSE = 500;

    private final long settleAt;
    private final WorkerPool workers = new WorkerPool();
    private final SequencedMap<String, JobRecord> jobs = new LinkedHashMap<>();
    private final SequencedMap<String, UnderWay> underWay = new LinkedHashMap<>();
    private final SequencedMap<String, Claim> claims = new LinkedHashMap<>();
    // why a run that is under way, or was, is to end
    private final Map<String, String> stopping = new HashMap<>();
    private final Map<String, Crashes> crashed = new HashMap<>();
    private final List<JobOrder> orders = new ArrayList<>();
    private boolean booksRead;
    private boolean workersKnown;
    private boolean settled;
    private long askAgainAt;

    /**
     * A run that has a coordinator.
     *
     * @param step optimizer steps that it was heard to have made
     */
    private record UnderWay(long step) {}

    /** What workers have said of a run before it was decided. */
    private record Claim(RunOrder order, Set<ActorId> holders) {}

    private record Crashes(int times, long againAt) {}

    /**
     * Knows nothing yet.
     *
     * @param now in milliseconds since 1970
     */
    JobQueue(long now) {
        this.settleAt = now + SETTLE;
        this.askAgainAt = now;
    }

    /** Whether it has heard what there is: before that nobody should be answered. */
    boolean isSettled() {
        return settled;
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
                workersKnown = true;
                workers.registered(all);
                ask(now);
            }
            case WorkerHeard(ActorId worker, var known) -> workerHeard(worker, known, now);
            case WorkerLost(ActorId worker) -> workerLost(worker, now);
            case WorkerLeaving(ActorId worker) -> workerLeaving(worker);
            case JobRead(JobRecord job) -> jobRead(job);
            case BooksRead() -> booksRead = true;
            case Submitted(RunOrder order, JobTerms terms) -> {
                if (!jobs.containsKey(order.id())) {
                    keep(JobRecord.queued(order, terms, nextNumber(), now));
                }
            }
            case CancelAsked(String name) -> cancel(name, "cancelled", now);
            case RunTold(String name, TrainingEvent event) -> told(name, event, now);
            case RunOver(End end) -> over(end, now);
            case RunCrashed(String name, String reason) -> crashed(name, reason, now);
        }
        timePassed(now);
        if (settled) {
            giveToThoseThatLost();
            admit(now);
        }
        return List.copyOf(orders);
    }

    /** When it has to be told that time has passed; empty when it waits for facts only. */
    OptionalLong deadline(long now) {
        return Stream.of(
                        settled ? LongStream.empty() : LongStream.of(settleAt),
                        workers.unheard().isEmpty() ? LongStream.empty() : LongStream.of(askAgainAt),
                        limited().flatMapToLong(job -> endOfTime(job).stream()),
                        crashed.values().stream().mapToLong(Crashes::againAt).filter(again -> again > now))
                .flatMapToLong(times -> times)
                .min();
    }

    /** Those whose time runs: they have begun, and nobody ends them yet. */
    private Stream<JobRecord> limited() {
        return jobs.values().stream()
                .filter(job -> job.isBegun() && !job.state().isFinal() && !stopping.containsKey(job.name()));
    }

    private static OptionalLong endOfTime(JobRecord job) {
        return job.terms().time().isPresent()
                ? OptionalLong.of(job.startedAt() + job.terms().time().get().toMillis())
                : OptionalLong.empty();
    }

    private void timePassed(long now) {
        if (now >= askAgainAt) {
            ask(now);
        }
        if (!settled
                && (now >= settleAt
                        || booksRead && workersKnown && workers.unheard().isEmpty())) {
            settled = true;
            claims.forEach((_, claim) -> claimed(claim.order(), claim.holders(), now));
            claims.clear();
        }
        List<JobRecord> late = limited()
                .filter(job -> endOfTime(job).stream().anyMatch(end -> now >= end))
                .toList();
        late.forEach(job -> cancel(job.name(), "limits.time: " + seconds(job) + " s are over", now));
    }

    private static String seconds(JobRecord job) {
        return String.valueOf(job.terms().time().orElseThrow().toMillis() / 1000.0);
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
            if (settled) {
                claimed(order, Set.of(worker), now);
            } else {
                claims.computeIfAbsent(order.id(), _ -> new Claim(order, new LinkedHashSet<>()))
                        .holders()
                        .add(worker);
            }
        }
    }

    /** These workers know a run: it was under way when the manager before this one was lost, or they have missed its end. */
    private void claimed(RunOrder order, Collection<ActorId> holders, long now) {
        String name = order.id();
        JobRecord job = jobs.get(name);
        if (job != null && job.state().isFinal()) {
            holders.forEach(worker -> orders.add(new ForgetRun(worker, name)));
            return;
        }
        if (job == null) {
            keep(JobRecord.queued(order, JobTerms.USUAL, nextNumber(), now));
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
        claims.values().forEach(claim -> claim.holders().remove(worker));
        workers.lost(worker).ifPresent(name -> {
            orders.add(new GiveWorkers(name, workers.of(name)));
            // its coordinator would wait in vain: the others have what it needs
            if (workers.of(name).isEmpty() && workers.free().isEmpty() && underWay.size() > 1) {
                stop(name);
                keep(existing(name).in(JobState.RECOVERING, now));
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
        jobs.put(job.name(), job);
        orders.add(new Keep(job));
    }

    private JobRecord existing(String name) {
        return Objects.requireNonNull(jobs.get(name), () -> "no job " + name);
    }

    private long nextNumber() {
        return jobs.values().stream().mapToLong(JobRecord::number).max().orElse(0) + 1;
    }

    /** Of two records the newer one counts; a run that is under way here is known better than a book does, unless it is over. */
    private void jobRead(JobRecord job) {
        JobRecord known = jobs.get(job.name());
        if (known != null && (known.version() >= job.version() || known.state().isFinal())) {
            return;
        }
        if (!underWay.containsKey(job.name())) {
            jobs.put(job.name(), job);
        } else if (job.state().isFinal()) {
            stop(job.name());
            jobs.put(job.name(), job);
            job.end().ifPresent(end -> orders.add(new TellEnd(end)));
        }
        forgetOld();
    }

    private void cancel(String name, String why, long now) {
        JobRecord job = jobs.get(name);
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
        JobRecord job = existing(name);
        switch (event) {
            case TrainingEvent.Recovering _
            when job.state() != JobState.RECOVERING -> keep(job.in(JobState.RECOVERING, now));
            case TrainingEvent.Placed _ when job.state() != JobState.RUNNING -> keep(job.in(JobState.RUNNING, now));
            case TrainingEvent.Step made -> underWay.put(name, new UnderWay(made.step()));
            default -> {}
        }
    }

    private void over(End end, long now) {
        JobRecord job = jobs.get(end.runId());
        if (job == null || !underWay.containsKey(end.runId())) {
            return;
        }
        String why = stopping.getOrDefault(end.runId(), "");
        JobState last = switch (end) {
            case ClientProtocol.Ended(var _, RunResult result)
            when result.reason() == RunResult.Reason.INTERRUPTED -> JobState.CANCELLED;
            case ClientProtocol.Ended _ -> JobState.FINISHED;
            case ClientProtocol.Failed _ -> why.isEmpty() ? JobState.FAILED : JobState.CANCELLED;
        };
        Set<ActorId> had = workers.of(end.runId());
        stop(end.runId());
        // those that it has lost on the way may still be there, and remember it
        workers.all().stream()
                .filter(worker -> !had.contains(worker))
                .forEach(worker -> orders.add(new ForgetRun(worker, end.runId())));
        finish(job, last, end, last == JobState.CANCELLED ? why : "", now);
    }

    private void finish(JobRecord job, JobState last, End end, String why, long now) {
        stopping.remove(job.name());
        crashed.remove(job.name());
        keep(job.over(last, end, why, now));
        orders.add(new TellEnd(end));
        forgetOld();
    }

    private void forgetOld() {
        old(jobs.values()).forEach(jobs::remove);
    }

    /** Names of jobs that are over and too old to be kept. */
    static List<String> old(Collection<JobRecord> jobs) {
        return jobs.stream()
                .filter(job -> job.state().isFinal())
                .sorted(Comparator.comparingLong(JobRecord::since)
                        .thenComparingLong(JobRecord::number)
                        .reversed())
                .skip(KEPT)
                .map(JobRecord::name)
                .toList();
    }

    private void crashed(String name, String reason, long now) {
        if (!underWay.containsKey(name)) {
            return;
        }
        JobRecord job = existing(name);
        int times = Optional.ofNullable(crashed.get(name)).map(Crashes::times).orElse(0) + 1;
        if (times >= MOST_CRASHES) {
            over(new ClientProtocol.Failed(name, "coordinator: " + reason, false), now);
            return;
        }
        stop(name);
        crashed.put(name, new Crashes(times, now + (CRASH_PAUSE << times)));
        keep(job.in(JobState.RECOVERING, now));
    }

    // ---- who is next

    private void start(String name, List<ActorId> taken, JobState state, long now) {
        taken.forEach(worker -> workers.give(worker, name));
        underWay.put(name, new UnderWay(0));
        keep(existing(name).started(state, now));
        orders.add(new StartRun(existing(name).order(), workers.of(name)));
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
        underWay.keySet().stream().map(this::existing).sorted(WAITING).forEach(job -> {
            int missing = job.order().workers() - workers.staying(job.name());
            List<ActorId> more =
                    workers.free().stream().limit(Math.max(0, missing)).toList();
            if (!more.isEmpty()) {
                give(job.name(), more);
            }
        });
    }

    /** The order in which jobs that wait are looked at. */
    static final Comparator<JobRecord> WAITING = Comparator.comparing((JobRecord job) -> !job.isBegun())
            .thenComparing(job -> !hasTurn(job))
            .thenComparing(job -> hasTurn(job) ? 0 : -job.terms().priority())
            .thenComparingLong(JobRecord::number);

    static boolean hasTurn(JobRecord job) {
        return job.overtaken() >= MOST_OVERTAKEN;
    }

    private List<JobRecord> waiting() {
        return jobs.values().stream()
                .filter(job -> !job.state().isFinal() && !underWay.containsKey(job.name()))
                .sorted(WAITING)
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

    /** The next one that can begin. */
    private Optional<JobRecord> next(long now) {
        int free = workers.free().size();
        for (JobRecord job : waiting()) {
            Crashes pause = crashed.get(job.name());
            boolean paused = pause != null && now < pause.againAt();
            int needed = job.isBegun() ? 1 : job.order().workers();
            if (!paused && (free >= needed || underWay.isEmpty())) {
                return Optional.of(job);
            }
            if (!paused && hasTurn(job)) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    // ---- what others may know

    /** A job by its name. */
    Optional<JobRecord> job(String name) {
        return Optional.ofNullable(jobs.get(name));
    }

    /** All jobs, in the order in which they were submitted. */
    List<JobRecord> all() {
        return jobs.values().stream()
                .sorted(Comparator.comparingLong(JobRecord::number))
                .toList();
    }

    /** The workers that a job has. */
    Set<ActorId> workersOf(String name) {
        return workers.of(name);
    }

    /** Optimizer steps that a job was heard to have made. */
    long step(JobRecord job) {
        return switch (job.end().orElse(null)) {
            case ClientProtocol.Ended(var _, RunResult result) -> result.steps();
            case ClientProtocol.Failed _ -> 0;
            case null ->
                Optional.ofNullable(underWay.get(job.name()))
                        .map(UnderWay::step)
                        .orElse(0L);
        };
    }

    /** How many jobs that wait are looked at before this one; 0 for one that does not wait. */
    int before(JobRecord job) {
        return Math.max(0, waiting().indexOf(job));
    }
}
