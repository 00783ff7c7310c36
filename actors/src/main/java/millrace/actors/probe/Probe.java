package millrace.actors.probe;

import akka.Done;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import millrace.actors.probe.ProbeProtocol.AskLink;
import millrace.actors.probe.ProbeProtocol.AskNode;
import millrace.actors.probe.ProbeProtocol.AskSpeed;
import millrace.actors.probe.ProbeProtocol.Command;
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
    private final Optional<Kernels> kernels;

    /**
     * The probe of a node.
     *
     * @param address of the node, for people
     * @param capacity how many ranks it can well work on at a time
     * @param kernels that runs on this node compute with, where that is known
     */
    public static Behavior<Command> create(String address, int capacity, Optional<Kernels> kernels) {
        return Behaviors.setup(context -> {
            context.getSystem().receptionist().tell(Receptionist.register(ProbeProtocol.KEY, context.getSelf()));
            return new Probe(context, address, capacity, kernels);
        });
    }

    private Probe(ActorContext<Command> context, String address, int capacity, Optional<Kernels> kernels) {
        super(context);
        this.address = address;
        this.capacity = capacity;
        this.kernels = kernels;
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case AskNode(var replyTo) ->
                replyTo.tell(new ProbedNode(getContext().getSelf(), address, capacity));
            case AskSpeed request -> multiply(request);
            case AskLink(var peer, var replyTo) ->
                getContext().spawnAnonymous(LinkProbe.create(peer, replyTo, System::nanoTime));
            case Ping(long number, var _, var replyTo) -> replyTo.tell(new ProbeProtocol.Pong(number));
        }
        return this;
    }

    private void multiply(AskSpeed request) {
        CompletableFuture<Done> _ = BlockingWork.run(getContext().getSystem(), () -> {
            Speed speed;
            try {
                speed = kernels.map(known -> new Speed(
                                PeakRate.measure(known, request.threads()).gigaflops(), ""))
                        .orElseGet(() -> new Speed(0, "node " + address + ": does not compute by itself"));
            } catch (RuntimeException e) {
                speed = new Speed(0, "node " + address + ": " + e.getMessage());
            }
            request.replyTo().tell(speed);
        });
    }
}
