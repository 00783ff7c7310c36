package millrace.actors.cluster;

import java.util.function.Consumer;
import millrace.actors.run.TrainingEvent;
import millrace.actors.run.TrainingListener;

/** Passes events on; checkpoints are wanted, and written by the stages. */
record Forwarder(Consumer<TrainingEvent> to) implements TrainingListener {
    @Override
    public void onEvent(TrainingEvent event) {
        to.accept(event);
    }

    @Override
    public boolean wantsCheckpoints() {
        return true;
    }
}
