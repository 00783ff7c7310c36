package millrace.actors.event;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import millrace.actors.plan.Snapshot;
import millrace.nn.infer.Evaluation;

/** Remembers what a run told its listener; read after the run has ended. */
public final class Recorder implements TrainingListener {
    /** What a checkpoint came with. */
    public record Checkpoint(Snapshot snapshot, Map<String, Evaluation> evaluations, boolean improved) {}

    private final boolean checkpointing;
    // tests look while a run goes on
    private final List<TrainingEvent> events = new CopyOnWriteArrayList<>();
    private final List<Checkpoint> checkpoints = new CopyOnWriteArrayList<>();
    private Consumer<TrainingEvent> also = event -> {};

    private Recorder(boolean checkpointing) {
        this.checkpointing = checkpointing;
    }

    /** Wants no snapshots. */
    public static Recorder ofEvents() {
        return new Recorder(false);
    }

    /** Wants snapshots too. */
    public static Recorder withCheckpoints() {
        return new Recorder(true);
    }

    /** Does something on each event besides. */
    public Recorder also(Consumer<TrainingEvent> action) {
        also = action;
        return this;
    }

    @Override
    public void onEvent(TrainingEvent event) {
        events.add(event);
        also.accept(event);
    }

    @Override
    public boolean wantsSnapshots() {
        return checkpointing;
    }

    @Override
    public void onSnapshot(Snapshot snapshot, Map<String, Evaluation> evaluations, boolean improved) {
        checkpoints.add(new Checkpoint(snapshot, new TreeMap<>(evaluations), improved));
    }

    /** The events of one kind, in order. */
    public <E extends TrainingEvent> List<E> events(Class<E> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** The losses of all steps. */
    public List<Double> losses() {
        return events(TrainingEvent.Step.class).stream()
                .map(TrainingEvent.Step::loss)
                .toList();
    }

    public List<Checkpoint> checkpoints() {
        return List.copyOf(checkpoints);
    }
}
