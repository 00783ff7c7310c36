package millrace.actors.jobs;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.Behavior;
import akka.actor.typed.ChildFailed;
import akka.actor.typed.Signal;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.Terminated;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.actor.typed.receptionist.Receptionist;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import millrace.actors.access.Access;
import millrace.actors.cluster.ActorId;
import millrace.actors.cluster.ActorNames;
import millrace.actors.cluster.ClientProtocol;
import millrace.actors.cluster.Coordinator;
import millrace.actors.cluster.CoordinatorProtocol;
import millrace.actors.cluster.CoordinatorProtocol.WorkerHere;
import millrace.actors.cluster.CoordinatorProtocol.WorkerStatus;
import millrace.actors.cluster.NodeEnded;
import millrace.actors.cluster.PlanSource;
import millrace.actors.cluster.RunOrder;
import millrace.actors.cluster.RunStorages;
import millrace.actors.cluster.WorkerProtocol;
import millrace.actors.event.TrainingEvent;
import millrace.actors.jobs.JobsProtocol.AllNoted;
import millrace.actors.jobs.JobsProtocol.AskJobs;
import millrace.actors.jobs.JobsProtocol.AskOrder;
import millrace.actors.jobs.JobsProtocol.AskStatus;
import millrace.actors.jobs.JobsProtocol.Attach;
import millrace.actors.jobs.JobsProtocol.Cancel;
import millrace.actors.jobs.JobsProtocol.Command;
import millrace.actors.jobs.JobsProtocol.JobLine;
import millrace.actors.jobs.JobsProtocol.Jobs;
import millrace.actors.jobs.JobsProtocol.KnownOrder;
import millrace.actors.jobs.JobsProtocol.Noted;
import millrace.actors.jobs.JobsProtocol.Save;
import millrace.actors.jobs.JobsProtocol.Submit;
import millrace.actors.jobs.JobsProtocol.WorkerLeaving;

/**
 * Leads the jobs of a cluster, in which there is one of it: makes a {@link Coordinator} for each run that gets workers, tells its
 * clients what that tells, and notes what has become of it in the books of all nodes. When its own node is lost, the cluster makes
 * it anew elsewhere; it then reads the books and asks the workers which runs they know.
 *
 * <p>What it does is decided by {@link JobQueue}: here messages become facts, and orders become messages.
 */
public final class JobManager extends AbstractOnMessageBehavior<Command> {
    private static final Duration MADE_ANEW_AFTER = Duration.ofMillis(500);
    private static final Duration MADE_ANEW_AT_MOST_AFTER = Duration.ofSeconds(10);

    /** Something that happened here, ready for the decision. */
    record Learnt(JobFact fact) implements JobsProtocol.Local {}

    /** The books that there are now. */
    record BooksListed(Set<ActorRef<BookProtocol.Command>> all) implements JobsProtocol.Local {}

    /** A worker says what it is. */
    record WorkerTold(WorkerHere here) implements JobsProtocol.Local {}

    /** The coordinator of a run tells what its client should hear. */
    record RunTold(ClientProtocol.Event event) implements JobsProtocol.Local {}

    record TimePassed() implements JobsProtocol.Local {}

    /** A node's process has ended. */
    record NodeLost(String address) implements JobsProtocol.Local {}

    private final TimerScheduler<Command> timers;
    private final PlanSource plans;
    private final RunStorages storages;
    private final ActorNames names;
    private final JobAccess access;
    private final Books books;
    private final JobQueue queue = new JobQueue(System.currentTimeMillis());
    private final ActorRef<WorkerHere> workersTell;
    private final ActorRef<ClientProtocol.Event> runsTell;
    private final Map<ActorId, WorkerHere> workers = new LinkedHashMap<>();
    private final Map<String, ActorRef<CoordinatorProtocol.Command>> coordinators = new LinkedHashMap<>();
    private final Map<String, Audience> audiences = new LinkedHashMap<>();
    // until the queue has heard what there is
    private final List<Command> early = new ArrayList<>();
    private OptionalLong timerAt = OptionalLong.empty();

    /** The manager of a cluster. */
    public static Behavior<Command> create(PlanSource plans, RunStorages storages) {
        Behavior<Command> manager = Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new JobManager(context, timers, plans, storages)));
        // made anew it finds out from books and workers what there is to go on with, as a successor elsewhere would
        return Behaviors.supervise(manager)
                .onFailure(SupervisorStrategy.restartWithBackoff(MADE_ANEW_AFTER, MADE_ANEW_AT_MOST_AFTER, 0.2));
    }

    private JobManager(
            ActorContext<Command> context, TimerScheduler<Command> timers, PlanSource plans, RunStorages storages) {
        super(context);
        this.timers = timers;
        this.plans = plans;
        this.storages = storages;
        this.names = new ActorNames(ActorRefResolver.get(context.getSystem()));
        Access signs = Access.of(context.getSystem().settings().config());
        this.access = new JobAccess(signs, context::getLog);
        this.books = new Books(signs);
        this.workersTell = context.messageAdapter(WorkerHere.class, WorkerTold::new);
        this.runsTell = context.messageAdapter(ClientProtocol.Event.class, RunTold::new);
        ActorRef<Receptionist.Listing> listings = context.messageAdapter(
                Receptionist.Listing.class,
                listing -> listing.isForKey(BookProtocol.KEY)
                        ? new BooksListed(listing.getAllServiceInstances(BookProtocol.KEY))
                        : new Learnt(new JobFact.WorkersRegistered(
                                names.ids(listing.getAllServiceInstances(WorkerProtocol.KEY)))));
        context.getSystem().receptionist().tell(Receptionist.subscribe(WorkerProtocol.KEY, listings));
        context.getSystem().receptionist().tell(Receptionist.subscribe(BookProtocol.KEY, listings));
        // long before the cluster has removed the node, and Akka says that its actors have ended
        ActorRef<NodeEnded> ended = context.messageAdapter(NodeEnded.class, node -> new NodeLost(node.address()));
        context.getSystem().eventStream().tell(new EventStream.Subscribe<>(NodeEnded.class, ended));
        learnt(new JobFact.Tick());
    }

    // ---- messages become facts

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Learnt(JobFact fact) -> learnt(fact);
            case TimePassed() -> {
                timerAt = OptionalLong.empty();
                learnt(new JobFact.Tick());
            }
            case NodeLost(String address) ->
                List.copyOf(workers.entrySet()).stream()
                        .filter(worker -> worker.getValue().address().equals(address))
                        .forEach(worker -> lost(worker.getKey()));
            case WorkerTold(WorkerHere here) -> {
                if (access.allows(here)) {
                    workers.put(names.id(here.worker()), here);
                    learnt(new JobFact.WorkerHeard(names.id(here.worker()), here.known()));
                }
            }
            case WorkerLeaving(var worker) -> learnt(new JobFact.WorkerLeaving(names.id(worker)));
            case RunTold(ClientProtocol.Event event) -> runTold(event);
            case BooksListed(var all) -> {
                books.are(all, getContext().getSelf());
                lookWhetherAllAreRead();
            }
            case Noted(JobRecord job) -> {
                // anybody might say to have a book, and write anything into it
                if (access.isGenuine(job)) {
                    learnt(new JobFact.JobRead(job));
                }
            }
            case AllNoted(var book) -> {
                books.hasTold(book);
                if (queue.isSettled()) {
                    books.note(book, queue.all());
                }
                lookWhetherAllAreRead();
            }
            case Submit _, Attach _, Cancel _, Save _, AskJobs _, AskOrder _, AskStatus _ -> {
                if (queue.isSettled()) {
                    asked(command);
                } else {
                    early.add(command);
                }
            }
        }
        return this;
    }

    /** What clients ask. */
    private void asked(Command command) {
        switch (command) {
            case Submit(RunOrder order, JobTerms terms, var client) ->
                access.refused(order, terms)
                        .or(() -> queue.job(order.id()).flatMap(known -> known.refusalOf(order)))
                        .ifPresentOrElse(
                                refused -> client.tell(new ClientProtocol.Failed(order.id(), refused, true)), () -> {
                                    learnt(new JobFact.Submitted(order, terms));
                                    attach(order.id(), client);
                                });
            case Attach(String run, var client) -> attach(run, client);
            case Cancel cancel -> {
                if (access.allows(cancel)) {
                    learnt(new JobFact.CancelAsked(cancel.run()));
                }
            }
            case Save save -> {
                ActorRef<CoordinatorProtocol.Command> coordinator = coordinators.get(save.run());
                if (coordinator != null && access.allows(save)) {
                    coordinator.tell(new CoordinatorProtocol.Save());
                }
            }
            case AskJobs(var replyTo) ->
                replyTo.tell(new Jobs(queue.all().stream().map(this::line).toList()));
            case AskOrder(String run, var replyTo) ->
                replyTo.tell(
                        new KnownOrder(queue.job(run).map(job -> job.order().by(Optional.empty()))));
            case AskStatus(var replyTo) ->
                getContext().spawnAnonymous(StatusInquiry.create(List.copyOf(coordinators.values()), idle(), replyTo));
            case WorkerLeaving _, Noted _, AllNoted _, JobsProtocol.Local _ ->
                throw new IllegalArgumentException(command + " (expected: what a client asks)");
        }
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof ChildFailed failed) {
            List.copyOf(coordinators.entrySet()).stream()
                    .filter(run -> run.getValue().path().equals(failed.getRef().path()))
                    .forEach(run -> learnt(new JobFact.RunCrashed(
                            run.getKey(), String.valueOf(failed.getCause().getMessage()))));
        } else if (signal instanceof Terminated gone) {
            ActorId id = names.id(gone.getRef());
            if (workers.containsKey(id)) {
                lost(id);
            } else {
                audiences.values().forEach(audience -> audience.detach(gone.getRef()));
            }
        }
        return this;
    }

    private void lost(ActorId worker) {
        workers.remove(worker);
        learnt(new JobFact.WorkerLost(worker));
    }

    private void runTold(ClientProtocol.Event event) {
        switch (event) {
            case ClientProtocol.Happened(String run, TrainingEvent happened) -> {
                audience(run).tell(happened);
                learnt(new JobFact.RunTold(run, happened));
            }
            case ClientProtocol.End end -> learnt(new JobFact.RunOver(end));
            case ClientProtocol.Accepted _, ClientProtocol.Local _ -> {}
        }
    }

    private void attach(String run, ActorRef<ClientProtocol.Event> client) {
        Optional<JobRecord> known = queue.job(run);
        if (known.isEmpty()) {
            client.tell(new ClientProtocol.Failed(
                    run, "run: " + run + " (expected: a job of this cluster); millrace jobs shows them", true));
            return;
        }
        JobRecord job = known.get();
        if (audience(run).attach(client)) {
            getContext().watch(client);
            if (job.state() == JobState.QUEUED) {
                int before = queue.before(job);
                client.tell(new ClientProtocol.Happened(
                        run,
                        new TrainingEvent.Noticed(
                                "queued: waits for " + job.order().workers() + " free workers"
                                        + (before == 0 ? "" : ", " + before + " jobs before it"))));
            }
        }
        job.end().ifPresent(client::tell);
    }

    private Audience audience(String run) {
        return audiences.computeIfAbsent(run, Audience::new);
    }

    private void lookWhetherAllAreRead() {
        if (books.areRead() && !queue.isSettled()) {
            learnt(new JobFact.BooksRead());
        }
    }

    private void learnt(JobFact fact) {
        boolean settled = queue.isSettled();
        long now = System.currentTimeMillis();
        queue.on(fact, now).forEach(this::carryOut);
        setTimer(now);
        if (queue.isSettled() && !settled) {
            queue.all().forEach(books::note);
            List<Command> waited = List.copyOf(early);
            early.clear();
            waited.forEach(this::asked);
        }
        audiences.keySet().removeIf(run -> queue.job(run).isEmpty());
    }

    private void setTimer(long now) {
        OptionalLong deadline = queue.deadline(now);
        if (!deadline.equals(timerAt)) {
            timerAt = deadline;
            timers.cancel(TimePassed.class);
            deadline.ifPresent(at -> timers.startSingleTimer(
                    TimePassed.class, new TimePassed(), Duration.ofMillis(Math.max(0, at - now))));
        }
    }

    // ---- orders become messages

    private void carryOut(JobOrder order) {
        switch (order) {
            case JobOrder.AskWorker(ActorId worker) ->
                names.worker(worker).tell(new WorkerProtocol.AskWorker(workersTell));
            case JobOrder.WatchWorker(ActorId worker) -> getContext().watch(names.worker(worker));
            case JobOrder.ForgetRun(ActorId worker, String name) ->
                names.worker(worker).tell(new WorkerProtocol.RunOver(name));
            case JobOrder.ReleaseWorker(ActorId worker) -> names.worker(worker).tell(new WorkerProtocol.Release(0));
            case JobOrder.StartRun(RunOrder run, var given) -> {
                ActorRef<CoordinatorProtocol.Command> coordinator =
                        getContext().spawnAnonymous(Coordinator.create(plans, storages));
                getContext().watch(coordinator);
                coordinators.put(run.id(), coordinator);
                coordinator.tell(new CoordinatorProtocol.Submit(run, runsTell));
                coordinator.tell(new CoordinatorProtocol.Workers(names.workers(given)));
            }
            case JobOrder.GiveWorkers(String name, var given) ->
                coordinator(name).tell(new CoordinatorProtocol.Workers(names.workers(given)));
            case JobOrder.TellLeaving(String name, ActorId worker) ->
                coordinator(name).tell(new CoordinatorProtocol.WorkerLeaving(names.worker(worker)));
            case JobOrder.InterruptRun(String name) -> coordinator(name).tell(new CoordinatorProtocol.Interrupt(name));
            case JobOrder.StopRun(String name) -> {
                getContext().stop(coordinator(name));
                coordinators.remove(name);
            }
            case JobOrder.Keep(JobRecord job) -> books.note(job);
            case JobOrder.TellEnd(var end) -> audience(end.runId()).tell(end);
        }
    }

    private ActorRef<CoordinatorProtocol.Command> coordinator(String run) {
        return Objects.requireNonNull(coordinators.get(run), () -> "no coordinator of run " + run);
    }

    // ---- what others are told

    private List<WorkerStatus> idle() {
        Set<ActorId> used = coordinators.keySet().stream()
                .flatMap(run -> queue.workersOf(run).stream())
                .collect(Collectors.toSet());
        return workers.entrySet().stream()
                .filter(worker -> !used.contains(worker.getKey()))
                .map(worker -> new WorkerStatus(
                        worker.getValue().address(), worker.getValue().capacity(), List.of()))
                .toList();
    }

    private JobLine line(JobRecord job) {
        return new JobLine(
                job.name(),
                job.state(),
                job.terms().priority(),
                queue.workersOf(job.name()).stream().map(this::address).toList(),
                job.order().workers(),
                queue.before(job),
                queue.step(job),
                job.terms().steps(),
                job.submittedAt(),
                job.startedAt(),
                job.since(),
                job.why(),
                job.order().folder(),
                job.digest());
    }

    private String address(ActorId worker) {
        return Optional.ofNullable(workers.get(worker)).map(WorkerHere::address).orElse(worker.text());
    }
}
