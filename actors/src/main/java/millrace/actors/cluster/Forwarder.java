package millrace.actors.cluster;

import java.util.function.Consumer;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;

/** Passes events on. */
record Forwarder(Consumer<TrainingEvent> to) implements TrainingListener {
    @Override
    public void onEvent(TrainingEvent event) {
        to.accept(event);
    }
}
