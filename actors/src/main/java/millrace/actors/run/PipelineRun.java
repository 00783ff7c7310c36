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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.actor.TrainerProtocol;
import millrace.actors.rank.actor.TrainerProtocol.Message;
import millrace.actors.trainer.Trainer;

/** A run as a line of actors in this JVM, in an actor system of its own. */
public final class PipelineRun implements Run {
    private final CompletableFuture<RunResult> result = new CompletableFuture<>();
    private final ActorSystem<Message> system;

    private PipelineRun(RunPlan plan, Trainer.Run run, Config config) {
        Behavior<Message> trainer = Trainer.create(run, stallCheck(config), result);
        // a JVM is not a run's to end: it may be somebody's program, which uses this as a library
        Config contained =
                ConfigFactory.parseString("akka.jvm-exit-on-fatal-error = off").withFallback(config);
        // emulated links need a finer clock than Akka's 10 ms; without them it would only cost wake-ups
        Config timed = plan.link().isDirect()
                ? contained
                : ConfigFactory.parseString("akka.scheduler.tick-duration = 1ms")
                        .withFallback(contained);
        this.system = ActorSystem.create(guarded(trainer, result), "millrace", timed);
        CompletionStage<Boolean> _ = system.getWhenTerminated()
                .thenApply(_ -> result.completeExceptionally(new IllegalStateException(
                        "actor system: it has ended by itself, in the middle of the run (expected: an error of the JVM"
                                + " that standard error tells of, such as too little memory)")));
    }

    private static Duration stallCheck(Config config) {
        Duration period = config.getDuration("millrace.stall-check");
        if (!period.isPositive()) {
            throw new IllegalArgumentException(
                    "millrace.stall-check: " + period + " (expected: a time above 0, as in 5s)");
        }
        return period;
    }

    /** Starts a run that is not saved, with the configuration of the class path. */
    public static PipelineRun start(RunPlan plan, TrainingListener listener) {
        return start(plan, listener, Optional.empty());
    }

    /**
     * Starts a run with the configuration of the class path.
     *
     * @param checkpointing how it is saved; empty for a run that is not
     */
    public static PipelineRun start(RunPlan plan, TrainingListener listener, Optional<Checkpointing> checkpointing) {
        return new PipelineRun(plan, Trainer.here(plan, listener, checkpointing), ConfigFactory.load());
    }

    /** Starts a run with another configuration of the actor system. */
    public static PipelineRun start(RunPlan plan, TrainingListener listener, Config config) {
        return new PipelineRun(plan, Trainer.here(plan, listener, Optional.empty()), config);
    }

    // a trainer that cannot even be made must end the run too
    private static Behavior<Message> guarded(Behavior<Message> trainer, CompletableFuture<RunResult> result) {
        return Behaviors.setup(context -> {
            ActorRef<Message> self = context.spawn(trainer, "trainer");
            context.watch(self);
            return Behaviors.receive(Message.class)
                    .onMessage(Message.class, message -> {
                        self.tell(message);
                        return Behaviors.same();
                    })
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
    public void interrupt() {
        system.tell(new TrainerProtocol.Interrupt());
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
