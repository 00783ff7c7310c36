package millrace.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.japi.function.Function;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import millrace.actors.access.Access;
import millrace.actors.access.Role;
import millrace.actors.cluster.Client;
import millrace.actors.cluster.ClientProtocol;
import millrace.actors.cluster.ClientProtocol.Ended;
import millrace.actors.cluster.ClusterRun;
import millrace.actors.cluster.RunOrder;
import millrace.actors.event.TrainingListener;
import millrace.actors.jobs.JobTerms;
import millrace.actors.jobs.JobsProtocol;
import millrace.actors.jobs.JobsProtocol.ClusterStatus;
import millrace.actors.jobs.JobsProtocol.JobLine;
import millrace.actors.rank.actor.BlockingWork;

/** What a member of a cluster asks of its jobs. */
public final class ClusterJobs {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int TIMES = 6;

    private final ActorSystem<?> system;
    private final ActorRef<JobsProtocol.Command> manager;
    private final Access access;
    private final OwnDisks disks;
    private final Follow follow;

    /** Has a client follow a run. */
    interface Follow {
        void follow(
                Client.Wish wish,
                TrainingListener listener,
                CompletableFuture<Ended> ended,
                CompletableFuture<Void> caughtUp);
    }

    ClusterJobs(
            ActorSystem<?> system,
            ActorRef<JobsProtocol.Command> manager,
            Access access,
            OwnDisks disks,
            Follow follow) {
        this.system = system;
        this.manager = manager;
        this.access = access;
        this.disks = disks;
        this.follow = follow;
    }

    /**
     * Submits a run and follows it; {@link ClusterRun#await} waits for its end.
     *
     * @throws IllegalArgumentException when nodes have roles by certificate, and this one's may not train
     */
    public ClusterRun train(RunOrder order, JobTerms terms, TrainingListener listener) {
        access.requireOwn(Role.SUBMITTER);
        CompletableFuture<Void> caughtUp = new CompletableFuture<>();
        CompletableFuture<RunOrder> decided = order.isShared()
                ? CompletableFuture.completedFuture(order)
                : BlockingWork.begin(system, () -> disks.settled(order, true));
        CompletableFuture<Ended> ended = decided.thenCompose(settled -> {
            CompletableFuture<Ended> over = new CompletableFuture<>();
            follow.follow(submission(settled, terms), listener, over, caughtUp);
            return settled.isShared()
                    ? over
                    : over.thenCompose(end -> BlockingWork.begin(system, () -> disks.gathered(settled, listener, end)));
        });
        return new ClusterRun(
                ended,
                caughtUp,
                () -> {
                    CompletableFuture<Void> _ = decided.thenRun(() -> cancel(order.id()));
                },
                () -> save(order.id()),
                new ClusterObserver(system, order.id()));
    }

    private Client.Wish submission(RunOrder order, JobTerms terms) {
        RunOrder signed = signed(order);
        JobTerms signedTerms = signed(terms, order);
        return new Client.Wish(
                order.id(),
                "go on with --resume " + order.folder(),
                client -> manager.tell(new JobsProtocol.Submit(signed, signedTerms, client)));
    }

    /** Follows a run that was submitted, from what is known of its beginning. */
    public ClusterRun attach(String run, TrainingListener listener) {
        return followed(
                new Client.Wish(
                        run,
                        "attach again, or see what there is in the run's folder",
                        client -> manager.tell(new JobsProtocol.Attach(run, client))),
                listener);
    }

    private ClusterRun followed(Client.Wish wish, TrainingListener listener) {
        CompletableFuture<Ended> ended = new CompletableFuture<>();
        CompletableFuture<Void> caughtUp = new CompletableFuture<>();
        follow.follow(wish, listener, ended, caughtUp);
        return new ClusterRun(
                ended,
                caughtUp,
                () -> cancel(wish.run()),
                () -> save(wish.run()),
                new ClusterObserver(system, wish.run()));
    }

    /**
     * Submits a run that goes on by itself. The files that it names are given to some of the nodes first: this one may be gone
     * when it begins.
     *
     * @throws IllegalArgumentException when this node may not, when there is another run of that name or one which has failed, or
     *     when no node has or takes the files
     */
    public void submit(RunOrder order, JobTerms terms) {
        access.requireOwn(Role.SUBMITTER);
        RunOrder settled = disks.settled(order, false);
        RunOrder signed = signed(settled);
        FileHandover.toNodes(system, signed);
        JobTerms signedTerms = signed(terms, settled);
        ClientProtocol.Event answer = asked(client -> new JobsProtocol.Submit(signed, signedTerms, client));
        if (answer instanceof ClientProtocol.Failed failed) {
            throw new IllegalArgumentException(failed.reason());
        }
    }

    /** What is decided of it is signed too. */
    private RunOrder signed(RunOrder order) {
        return order.by(access.sign(order.signedText()));
    }

    private JobTerms signed(JobTerms terms, RunOrder order) {
        return terms.by(access.sign(terms.signedText(order)));
    }

    /**
     * Lets a run end after the steps that are under way, or takes it from the queue; does not wait for it.
     *
     * @throws IllegalArgumentException when nodes have roles by certificate, and this one's may not
     */
    public void cancel(String run) {
        access.requireOwn(Role.SUBMITTER);
        manager.tell(new JobsProtocol.Cancel(run, access.sign(JobsProtocol.Cancel.signedText(run))));
    }

    /**
     * Has a checkpoint made of a run as soon as one can be; does not wait for it.
     *
     * @throws IllegalArgumentException when nodes have roles by certificate, and this one's may not
     */
    public void save(String run) {
        access.requireOwn(Role.SUBMITTER);
        manager.tell(new JobsProtocol.Save(run, access.sign(JobsProtocol.Save.signedText(run))));
    }

    /** All jobs, in the order in which they were submitted. */
    public List<JobLine> list() {
        return this.<JobsProtocol.Jobs>asked(JobsProtocol.AskJobs::new).jobs();
    }

    /** What a job trains; empty where there is none of that name. */
    public Optional<RunOrder> order(String run) {
        return this.<JobsProtocol.KnownOrder>asked(replyTo -> new JobsProtocol.AskOrder(run, replyTo))
                .order();
    }

    /** How the cluster is going. */
    public ClusterStatus status() {
        return asked(JobsProtocol.AskStatus::new);
    }

    private <T> T asked(Function<ActorRef<T>, JobsProtocol.Command> question) {
        for (int i = 1; ; i++) {
            try {
                return AskPattern.ask(manager, question, PATIENCE, system.scheduler())
                        .toCompletableFuture()
                        .join();
            } catch (CompletionException e) {
                // a manager that has just been lost is made anew
                if (i == TIMES
                        || system.getWhenTerminated().toCompletableFuture().isDone()) {
                    throw new IllegalStateException(
                            "trainer: no answer within " + i * PATIENCE.toSeconds()
                                    + " s (expected: a node with the role trainer); is the cluster just being formed?",
                            e);
                }
            }
        }
    }
}
