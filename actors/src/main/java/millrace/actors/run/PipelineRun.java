package millrace.actors.run;

import akka.actor.ActorInitializationException;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.ChildFailed;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.observe.LineObserver;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.actor.TrainerProtocol;
import millrace.actors.rank.actor.TrainerProtocol.Message;
import millrace.actors.trace.FlightRecord;
import millrace.actors.trace.FlightRecorder;
import millrace.actors.trace.FlightRecorders;
import millrace.actors.trainer.Trainer;

/** A run as a line of actors in this JVM, in an actor system of its own. */
public final class PipelineRun implements Run {
    // The JVM may be that of a program which uses this as a library: it is not a run's to end. And that program's own
    // actor system may be a node of a cluster, with a port and extensions, by settings that all systems of a JVM read.
    private static final Config IN_THIS_JVM = ConfigFactory.parseString("""
        akka.jvm-exit-on-fatal-error = off
        akka.actor.provider = local
        akka.extensions = []
        """);

    private final CompletableFuture<RunResult> result = new CompletableFuture<>();
    private final CompletableFuture<ActorRef<Message>> trainer = new CompletableFuture<>();
    private final ActorSystem<Void> system;

    private final FlightRecorders recorders;

    private PipelineRun(RunPlan plan, TrainingListener listener, Optional<Checkpointing> checkpointing, Config asked) {
        this.recorders = new FlightRecorders();
        Trainer.Run run = Trainer.here(plan, listener, checkpointing, recorders);
        Config config = settings(asked, plan.link().isDirect());
        Behavior<Message> behavior = Trainer.create(run, stallCheck(config), result);
        this.system = ActorSystem.create(guarded(behavior), "millrace", config);
        CompletionStage<Boolean> _ = system.getWhenTerminated()
                .thenApply(_ -> result.completeExceptionally(new IllegalStateException(
                        "actor system: it has ended by itself, in the middle of the run (expected: an error of the JVM"
                                + " that standard error tells of, such as too little memory)")));
    }

    /** What must be so, over what is asked for, over Millrace's own settings, over Akka's. */
    static Config settings(Config asked, boolean directLinks) {
        // emulated links need a finer clock than Akka's 10 ms; without them it would only cost wake-ups
        Config clock =
                directLinks ? ConfigFactory.empty() : ConfigFactory.parseString("akka.scheduler.tick-duration = 1ms");
        return IN_THIS_JVM
                .withFallback(clock)
                .withFallback(asked)
                .withFallback(ConfigFactory.parseResources(PipelineRun.class.getClassLoader(), "millrace-system.conf"))
                .withFallback(ConfigFactory.defaultReferenceUnresolved())
                .resolve();
    }

    private static Duration stallCheck(Config config) {
        Duration period = config.getDuration("millrace.stall-check");
        if (!period.isPositive()) {
            throw new IllegalArgumentException(
                    "millrace.stall-check: " + period + " (expected: a time above 0, as in 5s)");
        }
        return period;
    }

    /** Starts a run that is not saved, with the settings of the program's application.conf. */
    public static PipelineRun start(RunPlan plan, TrainingListener listener) {
        return start(plan, listener, Optional.empty());
    }

    /**
     * Starts a run with the settings of the program's application.conf, or of the file that {@code -Dconfig.file} names.
     *
     * @param checkpointing how it is saved; empty for a run that is not
     */
    public static PipelineRun start(RunPlan plan, TrainingListener listener, Optional<Checkpointing> checkpointing) {
        Config application = ConfigFactory.defaultOverrides().withFallback(ConfigFactory.defaultApplication());
        return new PipelineRun(plan, listener, checkpointing, application);
    }

    /** Starts a run with other settings of the actor system, over Millrace's own. */
    public static PipelineRun start(RunPlan plan, TrainingListener listener, Config config) {
        return new PipelineRun(plan, listener, Optional.empty(), config);
    }

    // a trainer that cannot even be made must end the run too
    private Behavior<Void> guarded(Behavior<Message> behavior) {
        return Behaviors.setup(context -> {
            ActorRef<Message> made = context.spawn(behavior, "trainer");
            context.watch(made);
            trainer.complete(made);
            return Behaviors.receive(Void.class)
                    .onSignal(ChildFailed.class, failed -> {
                        result.completeExceptionally(cause(failed));
                        return Behaviors.stopped();
                    })
                    .onSignal(Terminated.class, gone -> Behaviors.stopped())
                    .build();
        });
    }

    /** Akka wraps what is thrown while an actor is made; the user is told what was thrown. */
    private static Throwable cause(ChildFailed failed) {
        Throwable cause = failed.getCause();
        return cause instanceof ActorInitializationException && cause.getCause() != null ? cause.getCause() : cause;
    }

    @Override
    public Optional<LineObserver> observer() {
        return Optional.of(LineObserver.here(recorders));
    }

    @Override
    public List<FlightRecord> counted() {
        return recorders.all().stream().map(FlightRecorder::counted).toList();
    }

    @Override
    public void interrupt() {
        // straight to it: by way of its guardian, steps that are granted meanwhile would come first
        CompletionStage<Void> _ = trainer.thenAccept(made -> made.tell(new TrainerProtocol.Interrupt()));
    }

    @Override
    public void save() {
        CompletionStage<Void> _ = trainer.thenAccept(made -> made.tell(new TrainerProtocol.SaveSoon()));
    }

    /** Waits for the end of its actors too. */
    @Override
    public RunResult await() {
        try {
            return Run.joined(result);
        } finally {
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().join();
        }
    }
}
