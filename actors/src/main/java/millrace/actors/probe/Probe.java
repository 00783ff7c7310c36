package millrace.actors.probe;

import akka.Done;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import millrace.actors.access.Access;
import millrace.actors.access.Credential;
import millrace.actors.access.Role;
import millrace.actors.probe.ProbeProtocol.AskLink;
import millrace.actors.probe.ProbeProtocol.AskNode;
import millrace.actors.probe.ProbeProtocol.AskSpeed;
import millrace.actors.probe.ProbeProtocol.Command;
import millrace.actors.probe.ProbeProtocol.LinkSpeed;
import millrace.actors.probe.ProbeProtocol.Ping;
import millrace.actors.probe.ProbeProtocol.ProbedNode;
import millrace.actors.probe.ProbeProtocol.Speed;
import millrace.actors.rank.actor.BlockingWork;
import millrace.nn.backend.PeakRate;
import millrace.nn.kernel.Kernels;

/** Measures its node and the links from it when it is asked to. */
public final class Probe extends AbstractOnMessageBehavior<Command> {
    private final String address;
    private final int capacity;
    private final Supplier<Optional<Kernels>> kernels;
    private final Access access;

    /**
     * The probe of a node.
     *
     * @param address of the node, for people
     * @param capacity how many ranks it can well work on at a time
     * @param kernels that runs on this node compute with, where that is known; asked when they are measured, since they may be a native
     *     library
     */
    public static Behavior<Command> create(String address, int capacity, Supplier<Optional<Kernels>> kernels) {
        return Behaviors.setup(context -> {
            context.getSystem().receptionist().tell(Receptionist.register(ProbeProtocol.KEY, context.getSelf()));
            return new Probe(context, address, capacity, kernels);
        });
    }

    private Probe(ActorContext<Command> context, String address, int capacity, Supplier<Optional<Kernels>> kernels) {
        super(context);
        this.address = address;
        this.capacity = capacity;
        this.kernels = kernels;
        this.access = Access.of(context.getSystem().settings().config());
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case AskNode(var replyTo) ->
                replyTo.tell(new ProbedNode(getContext().getSelf(), address, capacity));
            case AskSpeed request -> multiply(request);
            case AskLink request -> {
                String refused = refused(AskLink.SIGNED_TEXT, request.credential());
                if (refused.isEmpty()) {
                    getContext().spawnAnonymous(LinkProbe.create(request.peer(), request.replyTo(), System::nanoTime));
                } else {
                    request.replyTo().tell(new LinkSpeed(0, 0, refused));
                }
            }
            case Ping(long number, var _, var replyTo) -> replyTo.tell(new ProbeProtocol.Pong(number));
        }
        return this;
    }

    private void multiply(AskSpeed request) {
        String refused = refused(AskSpeed.signedText(request.threads()), request.credential());
        if (!refused.isEmpty()) {
            request.replyTo().tell(new Speed(0, refused));
            return;
        }
        CompletableFuture<Speed> measured = BlockingWork.begin(
                getContext().getSystem(),
                () -> kernels.get()
                        .map(known -> new Speed(
                                PeakRate.measure(known, request.threads()).gigaflops(), ""))
                        .orElseGet(() -> new Speed(0, "node " + address + ": it is not known what it computes with")));
        CompletableFuture<Done> _ = measured.handle((speed, failure) -> {
            request.replyTo()
                    .tell(
                            failure == null
                                    ? speed
                                    : new Speed(0, "node " + address + ": " + BlockingWork.cause(failure)));
            return Done.done();
        });
    }

    /** Why this may not be asked; empty where it may. */
    private String refused(String request, Optional<Credential> credential) {
        try {
            access.require(Role.SUBMITTER, request, credential);
            return "";
        } catch (IllegalArgumentException e) {
            return "node " + address + ": " + e.getMessage();
        }
    }
}
