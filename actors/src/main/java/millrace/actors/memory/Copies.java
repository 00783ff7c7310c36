package millrace.actors.memory;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.Signal;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.actor.typed.receptionist.Receptionist;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import millrace.actors.memory.CopyProtocol.AskCut;
import millrace.actors.memory.CopyProtocol.AskHolding;
import millrace.actors.memory.CopyProtocol.AskPiece;
import millrace.actors.memory.CopyProtocol.CutFiles;
import millrace.actors.memory.CopyProtocol.Holding;
import millrace.actors.memory.CopyProtocol.Local;
import millrace.actors.memory.CopyProtocol.Message;
import millrace.actors.memory.CopyProtocol.Piece;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import org.jspecify.annotations.Nullable;

/**
 * Gives files that are held in this node's memory to other nodes, and gets those of other nodes: copies of what a neighbour has
 * written, while the training goes on, and what ranks begin with that are made here after a loss. One file at a time. It copies
 * much memory, so it belongs on a dispatcher for work that takes its time.
 */
public final class Copies extends AbstractOnMessageBehavior<Message> {
    private static final Duration LOOK_EVERY = Duration.ofMillis(250);

    private final TimerScheduler<Message> timers;
    private final HeldFiles held;
    private final int pieceBytes;
    private final Deque<Job> jobs = new ArrayDeque<>();
    private final Set<ActorRef<Message>> unanswered = new HashSet<>();
    private Set<ActorRef<Message>> all = Set.of();
    private long cut = -1;
    private @Nullable Transfer<ActorRef<Message>> transfer;

    /** Holds copies of what other nodes have written for the checkpoint at a step, and of no other from now on. */
    public record CopyCut(long step, Set<String> nodes) implements Local {}

    /**
     * Gets files for ranks that are to begin, before anything else.
     *
     * @param step of their checkpoint
     * @param fetched completed with whether all of them are held here
     */
    public record Fetch(long step, List<FileEntry> files, CompletableFuture<Boolean> fetched) implements Local {}

    record Listed(Set<ActorRef<Message>> copies) implements Local {}

    record Look() implements Local {}

    /**
     * Files to get, one after the other.
     *
     * @param holder who has them; null where that is to be found out
     */
    private record Job(
            long step, Deque<FileEntry> left, @Nullable ActorRef<Message> holder, CompletableFuture<Boolean> done) {
        boolean isUrgent() {
            return holder == null;
        }
    }

    /**
     * The one of a node, found under {@link CopyProtocol#KEY}.
     *
     * @param pieceBytes of a file that fit into a frame
     */
    public static Behavior<Message> create(HeldFiles held, int pieceBytes) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new Copies(context, timers, held, pieceBytes)));
    }

    private Copies(ActorContext<Message> context, TimerScheduler<Message> timers, HeldFiles held, int pieceBytes) {
        super(context);
        this.timers = timers;
        this.held = held;
        this.pieceBytes = pieceBytes;
        ActorRef<Receptionist.Listing> listings = context.messageAdapter(
                Receptionist.Listing.class, listing -> new Listed(listing.getServiceInstances(CopyProtocol.KEY)));
        context.getSystem().receptionist().tell(Receptionist.register(CopyProtocol.KEY, context.getSelf()));
        context.getSystem().receptionist().tell(Receptionist.subscribe(CopyProtocol.KEY, listings));
    }

    @Override
    public Behavior<Message> onMessage(Message message) {
        ActorRef<Message> self = getContext().getSelf();
        switch (message) {
            case AskCut(long step, var replyTo) -> replyTo.tell(new CutFiles(step, held.ownAt(step), self));
            case AskHolding(FileEntry file, var replyTo) -> replyTo.tell(new Holding(file, held.holds(file), self));
            case AskPiece(FileEntry file, long from, int length, var replyTo) ->
                replyTo.tell(held.piece(file, from, Math.min(length, pieceBytes))
                        .<Message>map(bytes -> new Piece(file, from, bytes))
                        .orElseGet(() -> new Holding(file, false, self)));
            case Listed(var copies) ->
                all = copies.stream().filter(other -> !other.equals(self)).collect(Collectors.toUnmodifiableSet());
            case CopyCut(long step, var nodes) -> copy(step, nodes);
            case CutFiles(long step, var files, var holder) -> {
                if (step == cut && unanswered.remove(holder)) {
                    jobs.add(new Job(step, new ArrayDeque<>(files), holder, new CompletableFuture<>()));
                }
            }
            case Fetch(long step, var files, var fetched) -> {
                putOff();
                jobs.addFirst(new Job(step, new ArrayDeque<>(files), null, fetched));
            }
            case Holding(FileEntry file, boolean holds, var holder) -> {
                if (transfer != null) {
                    transfer.answered(file, holder, holds, System.nanoTime());
                }
            }
            case Piece(FileEntry file, long from, var bytes) -> {
                if (transfer != null) {
                    transfer.arrived(file, from, bytes, System.nanoTime());
                }
            }
            case Look() -> unanswered.forEach(holder -> holder.tell(new AskCut(cut, self)));
        }
        goOn();
        return this;
    }

    @Override
    public Behavior<Message> onSignal(Signal signal) {
        if (signal instanceof PostStop) {
            putOff();
            jobs.forEach(job -> job.done().complete(false));
        }
        return this;
    }

    private void copy(long step, Set<String> nodes) {
        cut = step;
        if (!jobs.isEmpty() && !jobs.getFirst().isUrgent()) {
            putOff();
        }
        jobs.removeIf(job -> !job.isUrgent());
        unanswered.clear();
        all.stream()
                .filter(other -> nodes.contains(other.path().address().toString()))
                .forEach(unanswered::add);
        unanswered.forEach(holder -> holder.tell(new AskCut(step, getContext().getSelf())));
    }

    /** What is under way waits for something that is more urgent, or is not needed any more. */
    private void putOff() {
        if (transfer != null) {
            jobs.getFirst().left().addFirst(transfer.file());
            transfer.giveUp();
            transfer = null;
        }
    }

    private void goOn() {
        while (!jobs.isEmpty()) {
            Job job = jobs.getFirst();
            long now = System.nanoTime();
            Transfer<ActorRef<Message>> current = transfer;
            if (current == null) {
                FileEntry file = job.left().poll();
                if (file == null) {
                    over(true);
                } else if (!held.holds(file)) {
                    begin(job, file, now);
                }
            } else if (current.isDone()) {
                transfer = null;
                held.take(job.step(), current.file(), current.taken());
            } else if (current.isLost(now)) {
                transfer = null;
                current.giveUp();
                over(false);
            } else {
                current.asks(now)
                        .forEach(ask -> ask.holder()
                                .tell(new AskPiece(
                                        ask.file(),
                                        ask.from(),
                                        pieceBytes,
                                        getContext().getSelf())));
                break;
            }
        }
        look(!jobs.isEmpty() || !unanswered.isEmpty());
    }

    private void begin(Job job, FileEntry file, long now) {
        ActorRef<Message> holder = job.holder();
        Set<ActorRef<Message>> asked = holder == null ? all : Set.of();
        transfer = new Transfer<>(file, holder == null ? List.of() : List.of(holder), asked.size(), pieceBytes, now);
        asked.forEach(other -> other.tell(new AskHolding(file, getContext().getSelf())));
    }

    private void over(boolean whole) {
        jobs.removeFirst().done().complete(whole);
    }

    private void look(boolean needed) {
        if (needed && !timers.isTimerActive(Look.class)) {
            timers.startTimerWithFixedDelay(Look.class, new Look(), LOOK_EVERY);
        } else if (!needed) {
            timers.cancel(Look.class);
        }
    }
}
